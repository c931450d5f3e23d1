import Logging
import StrictJSON

/// Logs what came of asking a server for a user's list.
struct FetchLog {
  let logger: Logger
  let username: ExactString
  let targetField: ExactString

  func record(_ report: ServerReport) {
    switch report.result {
    case .success(let list):
      record(.fetchSucceeded, report)
      if list.skippedInactive > 0 {
        record(.fetchSkippedInactive, report, skipped: list.skippedInactive, of: list)
      }
      if list.skippedWithoutField > 0 {
        record(.fetchSkippedRecord, report, skipped: list.skippedWithoutField, of: list)
      }
    case .failure(let failure):
      record(.fetchFailed, report, error: failure)
    }
  }

  private func record(_ event: Logger.Event, _ report: ServerReport, error: FetchFailure? = nil) {
    logger.record(
      event,
      [
        .serverIndex: .stringConvertible(report.server.index),
        .server: .string(report.server.baseURL),
        .username: .string(username.string),
        .error: error.map { .string($0.description) },
      ]
    )
  }

  private func record(_ event: Logger.Event, _ report: ServerReport, skipped: Int, of list: DestinationList) {
    logger.record(
      event,
      [
        .serverIndex: .stringConvertible(report.server.index),
        .server: .string(report.server.baseURL),
        .username: .string(username.string),
        .skipped: .stringConvertible(skipped),
        .total: .stringConvertible(list.recordCount),
        .targetField: .string(targetField.string),
      ]
    )
  }
}
