import Authorization
import Dispatch
import Foundation
import InMemoryLogging
import Logging
import RabbitMQClient
import ServiceConfiguration
import Testing

@testable import AuthorizationWorker

@Suite("Rotating credentials") struct RotatingCredentialsTests {
  /// Credentials whose files are in a folder of the test's own, and what they log.
  private final class Subject {
    let folder: URL
    let credentials: RotatingCredentials
    private let logs = InMemoryLogHandler()

    /// - Parameters:
    ///   - timeLimit: returns when reading has had its time; never, unless the test says otherwise.
    ///   - beforeReading: called where the files are about to be read.
    init(
      timeLimit: @escaping @Sendable () async -> Void = { try? await Task.sleep(for: .seconds(3600)) },
      beforeReading: @escaping @Sendable () -> Void = {}
    ) throws {
      folder = FileManager.default.temporaryDirectory.appending(path: "credentials-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let (folder, logs) = (folder, logs)
      for (name, content) in ["broker": "b-1", "ecpds": "e-1", "ca": Self.pem("MAEA")] {
        try Data(content.utf8).write(to: folder.appending(path: name))
      }
      let file = folder.appending(path: "worker.yaml")
      let text = """
        amqp: { url: 'amqp://worker@localhost', password_file: \(folder.path)/broker }
        ecpds:
          username: service
          password_file: \(folder.path)/ecpds
          ca_file: \(folder.path)/ca
          servers: [https://monitor.example]
          match_key: destination
        """
      try Data(text.utf8).write(to: file)
      let configuration = try ServiceConfiguration.load(contentsOf: file.path, environment: [:])
      credentials = RotatingCredentials(
        configuration,
        logger: Logger(label: "test") { _ in logs },
        timeLimit: timeLimit,
        read: { configuration in
          beforeReading()
          return FileRereading(of: configuration)
        }
      )
    }

    deinit {
      try? FileManager.default.removeItem(at: folder)
    }

    func write(_ content: String, to name: String) throws {
      try Data(content.utf8).write(to: folder.appending(path: name))
    }

    func remove(_ name: String) throws {
      try FileManager.default.removeItem(at: folder.appending(path: name))
    }

    /// What was logged since the last call, one line a record: event name and the other attributes in alphabetical order.
    func newLogLines() -> [String] {
      defer { logs.clear() }
      return logs.entries.map { entry in
        let attributes = entry.metadata.filter { $0.key != "event_name" }.map { "\($0.key)=\($0.value)" }.sorted()
        return (["\(entry.metadata["event_name"] ?? "")"] + attributes).joined(separator: " ")
      }
    }

    static func pem(_ content: String) -> String {
      "-----BEGIN CERTIFICATE-----\n\(content)\n-----END CERTIFICATE-----\n"
    }
  }

  @Test("before each connection to the broker its password is read again, and a change is told")
  func broker() async throws {
    let subject = try Subject()
    #expect(await subject.credentials.broker(name: "test").password == "b-1")
    #expect(subject.newLogLines().isEmpty)
    try subject.write("b-2\n", to: "broker")
    let broker = await subject.credentials.broker(name: "test")
    #expect(broker.username == "worker")
    #expect(broker.password == "b-2")
    #expect(subject.newLogLines() == [#"config.reloaded changed=["amqp.password_file"] trigger=amqp_connection"#])
  }

  @Test("the ECPDS password changes when ECPDS has refused it, and not before")
  func ecpds() async throws {
    let subject = try Subject()
    try subject.write("e-2", to: "ecpds")
    #expect(subject.credentials.serviceAccount.password == "e-1")
    await subject.credentials.reload(.refusedByECPDS)
    #expect(subject.credentials.serviceAccount.password == "e-2")
    #expect(subject.newLogLines() == [#"config.reloaded changed=["ecpds.password_file"] trigger=ecpds_401"#])
  }

  @Test("a signal is answered in the log even where nothing has changed")
  func signal() async throws {
    let subject = try Subject()
    await subject.credentials.reload(.signal)
    #expect(subject.newLogLines() == ["config.reloaded changed=[] trigger=sighup"])
  }

  @Test("a file that cannot be used is told once and changes nothing, until it can be")
  func unusable() async throws {
    let subject = try Subject()
    try subject.write("", to: "ecpds")
    let empty = "config.reload_failed error=the password in it must not be empty key=ecpds.password_file trigger="
    for _ in 0..<3 { await subject.credentials.reload(.refusedByECPDS) }
    #expect(subject.newLogLines() == [empty + "ecpds_401"])
    #expect(subject.credentials.serviceAccount.password == "e-1")
    // Whoever sends a signal wants an answer.
    await subject.credentials.reload(.signal)
    #expect(subject.newLogLines() == [empty + "sighup"])
    // Another reason is news.
    try subject.remove("ecpds")
    for _ in 0..<2 { await subject.credentials.reload(.refusedByECPDS) }
    let missing = "cannot be read: No such file or directory"
    #expect(
      subject.newLogLines() == ["config.reload_failed error=\(missing) key=ecpds.password_file trigger=ecpds_401"]
    )
    // And so is the end of it.
    try subject.write("e-1", to: "ecpds")
    await subject.credentials.reload(.refusedByECPDS)
    #expect(subject.newLogLines() == ["config.reloaded changed=[] trigger=ecpds_401"])
    #expect(subject.credentials.serviceAccount.password == "e-1")
  }

  @Test("a file that cannot be used does not keep another's change back")
  func independent() async throws {
    let subject = try Subject()
    try subject.write("garbage", to: "ca")
    try subject.write("b-2", to: "broker")
    await subject.credentials.reload(.signal)
    #expect(
      subject.newLogLines() == [
        "config.reload_failed error=holds no certificate in PEM form key=ecpds.ca_file trigger=sighup",
        #"config.reloaded changed=["amqp.password_file"] trigger=sighup"#,
      ]
    )
    #expect(await subject.credentials.broker(name: "test").password == "b-2")
    #expect(await subject.credentials.certificateAuthorities() == Array(Subject.pem("MAEA").utf8))
  }

  @Test("the authorities are those that the file has at the next request, without anybody saying so")
  func authorities() async throws {
    let subject = try Subject()
    #expect(await subject.credentials.certificateAuthorities() == Array(Subject.pem("MAEA").utf8))
    #expect(subject.newLogLines().isEmpty)
    let renewed = Subject.pem("MAEB") + Subject.pem("MAEA")
    try subject.write(renewed, to: "ca")
    #expect(await subject.credentials.certificateAuthorities() == Array(renewed.utf8))
    #expect(subject.newLogLines() == [#"config.reloaded changed=["ecpds.ca_file"] trigger=ecpds_ca_file"#])
    try subject.remove("ca")
    for _ in 0..<2 { #expect(await subject.credentials.certificateAuthorities() == Array(renewed.utf8)) }
    #expect(subject.newLogLines().count == 1)
  }

  @Test("whoever asks for a reading gets one that began after the asking, however many ask at once")
  func manyAtOnce() async throws {
    let subject = try Subject()
    for number in 2...20 {
      try subject.write("e-\(number)", to: "ecpds")
      let credentials = subject.credentials
      await withTaskGroup { group in
        for _ in 0..<20 {
          group.addTask {
            await credentials.reload(.refusedByECPDS)
            #expect(credentials.serviceAccount.password == "e-\(number)")
          }
        }
      }
    }
    #expect(subject.newLogLines().count == 19)
  }

  @Test("files that hang keep nobody waiting, are told once, and their end brings what has changed meanwhile")
  func hanging() async throws {
    let disk = DispatchSemaphore(value: 0)
    let (limit, readings) = (AsyncStream.makeStream(of: Void.self), AsyncStream.makeStream(of: Void.self))
    let subject = try Subject(
      timeLimit: { for await _ in limit.stream { return } },
      beforeReading: {
        readings.continuation.yield()
        disk.wait()
      }
    )
    let overrun = "config.reload_failed error=reading the files takes longer than 5 s trigger="
    try subject.write("e-2", to: "ecpds")
    // One that waits for the reading, one that waits for the next.
    let credentials = subject.credentials
    async let first: Void = credentials.reload(.refusedByECPDS)
    async let second = credentials.certificateAuthorities()
    limit.continuation.yield()
    await first
    #expect(await second == Array(Subject.pem("MAEA").utf8))
    #expect(subject.newLogLines() == [overrun + "ecpds_401"])
    for _ in 0..<3 {
      await credentials.reload(.refusedByECPDS)
      #expect(await credentials.broker(name: "test").password == "b-1")
      #expect(await credentials.certificateAuthorities() == Array(Subject.pem("MAEA").utf8))
    }
    #expect(subject.newLogLines().isEmpty)
    await credentials.reload(.signal)
    #expect(subject.newLogLines() == [overrun + "sighup"])
    #expect(credentials.serviceAccount.password == "e-1")
    // The disk is back: that reading ends, and the one that was asked for meanwhile follows.
    try subject.write("e-3", to: "ecpds")
    for _ in 0..<3 { disk.signal() }
    for await _ in readings.stream.prefix(2) {}
    await credentials.reload(.refusedByECPDS)
    #expect(credentials.serviceAccount.password == "e-3")
    let recovered = subject.newLogLines()
    #expect(recovered.first == #"config.reloaded changed=["ecpds.password_file"] trigger=ecpds_401"#)
    #expect(recovered.contains("config.reloaded changed=[] trigger=sighup"))
  }
}
