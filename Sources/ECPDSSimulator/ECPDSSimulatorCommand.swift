internal import ArgumentParser
internal import ECPDSSimulatorData
internal import FoundationEssentials
internal import UnixSignals

/// The program: reads the data file, serves until it is told to stop.
@main
struct ECPDSSimulatorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ecpds-simulator",
    abstract: "Stands in for an ECPDS monitor server, with faults that are switched over HTTP. For tests only.",
    discussion: """
      Serves GET /ecpds/v1/destination/list?id=USER with HTTP Basic authentication. Prints "listening on http://HOST:PORT" when it is \
      ready, and ends with status 0 on SIGTERM and SIGINT.

      The data file is JSON:

        {
          "service_account": {"username": "service-account", "password": "secret"},
          "users": {
            "alice": ["CIP", {"name": "FOO", "type": 16}, {"name": "BAR", "type": 16, "active": false}]
          },
          "generated": {"users": 100000, "prefix": "user-", "destinations_per_user": 20, "distinct_destinations": 2000, "seed": 1}
        }

      "users" and "generated" may be left out. Generated users (user-0, user-1, ...) are computed and take no memory.

      Control, without authentication:

        PUT    /simulator/faults      {"user": "alice", "latency_ms": 200, "status": 503, "body": "malformed"}
        GET    /simulator/faults
        DELETE /simulator/faults      or ?user=alice
        GET    /simulator/requests    or ?user=alice
        DELETE /simulator/requests
        GET    /simulator/health

      A fault has one or more of: latency_ms; status; body (malformed, success_no, not_utf8, wrong_type, oversized); one of hang, reset \
      and partial_body (true). Without a user it is for all users. It applies before authentication.
      """,
    version: "0.1.0"
  )

  @Option(help: "The address to listen on.")
  var host = "127.0.0.1"

  @Option(help: "The port to listen on; 0 takes a free one.")
  var port: UInt16

  @Option(help: ArgumentHelp("The data file.", valueName: "file"))
  var data: String

  @Option(help: ArgumentHelp("Serve the list below this path too, for example /some/prefix.", valueName: "path"))
  var pathPrefix = ""

  @Option(help: ArgumentHelp("Write the port into this file when ready.", valueName: "file"))
  var portFile: String?

  @Flag(help: "End when standard input ends, so that nothing outlives the program that started it.")
  var exitOnStdinClose = false

  @Flag(help: "Do not print a line whenever the faults change.")
  var quiet = false

  func validate() throws {
    guard pathPrefix.isEmpty || pathPrefix.utf8.first == UInt8(ascii: "/") else {
      throw ValidationError("--path-prefix must begin with a slash.")
    }
  }

  func run() async throws {
    let data = try readData()
    let pathPrefix = trimmedPathPrefix
    let isQuiet = quiet
    let log: @Sendable (String) -> Void = { line in
      if !isQuiet {
        StandardStreams.printLine(line)
      }
    }

    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    let server: SimulatorServer
    do {
      server = try await SimulatorServer.start(host: host, port: Int(port)) {
        Simulation(data: data, pathPrefix: pathPrefix, log: log)
      }
    } catch {
      StandardStreams.printError("cannot listen on \(host), port \(port): \(error)")
      throw ExitCode.failure
    }
    try announce(server)

    await withTaskGroup { group in
      group.addTask { for await _ in signals { return } }
      if exitOnStdinClose {
        group.addTask { await StandardStreams.waitForEndOfInput() }
      }
      await group.next()
      group.cancelAll()
    }
    try await server.shutDown()
  }

  /// The data, or exit status 78 (`EX_CONFIG`) with one line for each fault.
  private func readData() throws -> SimulatorData {
    do throws(SimulatorDataError) {
      guard let contents = FileManager.default.contents(atPath: data) else {
        throw SimulatorDataError(code: .unreadable, faults: ["cannot be read"])
      }
      return try SimulatorDataReader.read(Array(contents))
    } catch {
      for fault in error.faults {
        StandardStreams.printError("\(data): \(fault)")
      }
      throw ExitCode(78)
    }
  }

  private var trimmedPathPrefix: String {
    String(pathPrefix.reversed().drop { $0 == "/" }.reversed())
  }

  private func announce(_ server: SimulatorServer) throws {
    if let portFile {
      // Atomic: a script that waits for the file never finds it empty.
      try Data("\(server.port)\n".utf8).write(to: URL(filePath: portFile), options: .atomic)
    }
    let isIPv6 = host.utf8.contains(UInt8(ascii: ":"))
    StandardStreams.printLine("listening on http://\(isIPv6 ? "[\(host)]" : host):\(server.port)")
  }
}
