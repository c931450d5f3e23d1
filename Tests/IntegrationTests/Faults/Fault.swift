import CCurl
import CRabbitMQ
import Foundation
import Glibc
import TestSupport

/// One call of a C function, made by the worker's process, that fails.
struct Fault: Sendable, CustomStringConvertible {
  let function: String
  /// Which call: counted from 1 and from when the fault is set.
  let number: Int
  /// In what way; `fault.h` says what it means.
  let value: Int
  /// Whether the function does its work before it fails.
  let isPerformed: Bool

  init(_ function: String, number: Int = 1, _ value: Int = 0, isPerformed: Bool = false) {
    self.function = function
    self.number = number
    self.value = value
    self.isPerformed = isPerformed
  }

  init(_ function: String, number: Int = 1, _ status: amqp_status_enum, isPerformed: Bool = false) {
    self.init(function, number: number, Int(status.rawValue), isPerformed: isPerformed)
  }

  init(_ function: String, number: Int = 1, _ code: CURLcode, isPerformed: Bool = false) {
    self.init(function, number: number, Int(code.rawValue), isPerformed: isPerformed)
  }

  init(_ function: String, number: Int = 1, _ code: CURLMcode, isPerformed: Bool = false) {
    self.init(function, number: number, Int(code.rawValue), isPerformed: isPerformed)
  }

  /// As `fault.h` has it.
  var description: String { "\(function) \(number) \(value)" + (isPerformed ? " performed" : "") }
}

/// Sets the faults of one worker and reads what became of them.
struct FaultControl: Sendable {
  private let file: URL
  private let report: URL

  /// - Parameter faults: from the worker's start on.
  init(in directory: URL, _ faults: [Fault] = []) throws {
    file = directory.appending(path: "faults-\(UUID().uuidString)")
    report = URL(filePath: file.path + ".report")
    try set(faults)
  }

  /// What the worker is to be started with.
  var environment: [String: String] {
    ["LD_PRELOAD": Self.library.path, "AVISO_ECPDS_FAULT_CONTROL": file.path]
  }

  static let library = Repository.program("libFaultInjection.so")

  /// Whether the program is built with a sanitizer. These make the system calls of every library in the program's name, so that which
  /// is whose cannot be told.
  static let isSanitized = dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil

  static func canTell(_ function: String) -> Bool {
    !isSanitized || function.hasPrefix("amqp_") || function.hasPrefix("curl_")
  }

  /// Forgets all that was, and has these calls fail.
  func set(_ faults: [Fault]) throws {
    try? FileManager.default.removeItem(at: report)
    try Data(faults.map { "\($0)\n" }.joined().utf8).write(to: file, options: .atomic)
  }

  /// The functions that were called since.
  var calledFunctions: Set<String> { Set(lines(beginning: "called ").filter(Self.canTell)) }

  /// How many faults have come to pass.
  var failureCount: Int { lines(beginning: "failed ").count }

  private func lines(beginning prefix: String) -> [String] {
    let text = (try? String(contentsOf: report, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
  }
}
