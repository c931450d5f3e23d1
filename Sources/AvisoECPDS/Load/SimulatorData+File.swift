import ArgumentParser
import ECPDSSimulatorData
import Foundation

extension SimulatorData {
  /// Reads the data file, or ends the command with one line for each fault and the status that sysexits has for it.
  static func load(_ path: String) throws -> SimulatorData {
    do throws(SimulatorDataError) {
      guard let contents = FileManager.default.contents(atPath: path) else {
        throw SimulatorDataError(code: .unreadable, faults: ["cannot be read"])
      }
      return try SimulatorDataReader.read(Array(contents))
    } catch {
      for fault in error.faults { StandardError.print("\(path): \(fault)") }
      throw ExitCode(EX_CONFIG)
    }
  }
}
