import RabbitMQClient
import Testing

@testable import AuthorizationWorker

@Suite("Trace context")
struct TraceContextTests {
  @Test("a traceparent header gives the trace and the span")
  func reads() {
    let trace = TraceContext(["traceparent": .string("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")])
    #expect(trace?.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
    #expect(trace?.spanID == "00f067aa0ba902b7")
  }

  @Test(
    "what breaks the format is no trace",
    arguments: [
      "", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
    ]
  )
  func refuses(header: String) {
    #expect(TraceContext(["traceparent": .string(header)]) == nil)
  }

  @Test("no header, or one that is no text, is no trace")
  func absent() {
    #expect(TraceContext(nil) == nil)
    #expect(TraceContext(["traceparent": .int32(1)]) == nil)
  }
}
