import Foundation
import Testing

@testable import ServiceConfiguration

/// Reading again, while a program runs, the files that its configuration names.
@Suite struct RereadingTests {
  private static let files = ["broker": "word", "ecpds": "other", "pem": pem]
  private static let keys = [
    "amqp.password_file", "amqp.tls.ca_file", "amqp.tls.certificate_file", "amqp.tls.key_file", "ecpds.ca_file",
    "ecpds.password_file",
  ]

  private func configuration(in folder: String) throws -> ServiceConfiguration {
    let tls = "{ ca_file: \(folder)/pem, certificate_file: \(folder)/pem, key_file: \(folder)/pem }"
    return try load(
      yaml(
        ecpds: ["password": nil, "password_file": "\(folder)/ecpds", "ca_file": "\(folder)/pem"],
        "amqp: { url: 'amqps://a@localhost', password_file: \(folder)/broker, tls: \(tls) }\n"
      )
    )
  }

  @Test("Files that have not changed change nothing")
  func unchanged() throws {
    try withFiles(Self.files) { folder in
      let configuration = try configuration(in: folder)
      let reading = FileRereading(of: configuration)
      #expect(reading.configuration == configuration)
      #expect(reading.changedKeys.isEmpty)
      #expect(reading.faults.isEmpty)
    }
  }

  @Test("What has changed is taken over, and named by its keys")
  func changed() throws {
    try withFiles(Self.files) { folder in
      let configuration = try configuration(in: folder)
      let newPEM = pem + "# renewed\n"
      for (name, content) in ["broker": "word-2\n", "ecpds": "other-2", "pem": newPEM] {
        try write(content, to: "\(folder)/\(name)")
      }
      let reading = FileRereading(of: configuration)
      #expect(reading.configuration.amqp.url.password.revealed == "word-2")
      #expect(reading.configuration.ecpds.password.revealed == "other-2")
      #expect(reading.configuration.ecpds.certificateAuthorities == Array(newPEM.utf8))
      #expect(reading.changedKeys.sorted() == Self.keys)
      #expect(reading.faults.isEmpty)
      #expect(FileRereading(of: reading.configuration).changedKeys.isEmpty)
    }
  }

  @Test(
    "A file that cannot be used leaves what it held before, and the others are taken over",
    arguments: ["", "missing", "folder"]
  )
  func unusable(content: String) throws {
    try withFiles(Self.files) { folder in
      let configuration = try configuration(in: folder)
      for name in ["ecpds", "pem"] {
        try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        if content == "folder" {
          try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: false)
        } else if content != "missing" {
          try write(content, to: "\(folder)/\(name)")
        }
      }
      try write("word-2", to: "\(folder)/broker")
      let reading = FileRereading(of: configuration)
      #expect(reading.configuration.ecpds.password.revealed == "other")
      #expect(reading.configuration.ecpds.certificateAuthorities == Array(pem.utf8))
      #expect(reading.configuration.amqp.url.password.revealed == "word-2")
      #expect(reading.changedKeys == ["amqp.password_file"])
      #expect(reading.faults.map(\.keyPath).sorted() == Self.keys.filter { $0 != "amqp.password_file" })
    }
  }

  @Test("A pipe gives what it holds once: it is not opened again, which would wait for ever")
  func pipe() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/pipe"
      #expect(mkfifo(path, 0o600) == 0)
      // What a shell does for <(…).
      let writer = Thread { try? Data("word".utf8).write(to: URL(fileURLWithPath: path)) }
      writer.start()
      let configuration = try load(yaml(ecpds: ["password": nil, "password_file": path]))
      #expect(configuration.ecpds.password.revealed == "word")
      let reading = FileRereading(of: configuration)
      #expect(reading.faults.map(\.reason) == ["is not a regular file, and can be read only once"])
      #expect(reading.configuration.ecpds.password.revealed == "word")
    }
  }

  @Test("A file's version changes with its content and with the file a link leads to, and is none without a file")
  func versions() throws {
    try withFiles(["a": "1", "b": "1"]) { folder in
      let link = folder + "/link"
      #expect(FileVersion(of: link) == nil)
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder + "/a")
      let first = try #require(FileVersion(of: link))
      #expect(FileVersion(of: link) == first)
      try FileManager.default.removeItem(atPath: link)
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder + "/b")
      let second = FileVersion(of: link)
      #expect(second != first)
      try write("22", to: folder + "/b")
      #expect(FileVersion(of: link) != second)
    }
  }
}
