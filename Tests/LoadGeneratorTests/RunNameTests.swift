import RabbitMQClient
import Testing

@testable import LoadGenerator

@Suite("Names of runs and requests")
struct RunNameTests {
  private let name = RunName(identity: 0xAB12)

  @Test("a request's name leads back to its number", arguments: [0, 9, 10, 123_456_789])
  func leadsBack(number: Int) {
    #expect(name.requestNumber(ShortString(name.requestName(number))) == number)
  }

  @Test("a name says whose request it is")
  func isReadable() {
    #expect(name.requestName(17) == "load-ab12-17")
    #expect(name.replyQueue == "aviso.ecpds.replies.load-ab12")
  }

  @Test(
    "other names are no request's of the run",
    arguments: [
      "", "load-ab12", "load-ab12-", "load-ab12-x", "load-ab12--1", "load-ab12-1 ", "load-ab13-1", "load-ab121-1", "LOAD-ab12-1",
      "load-ab12-9999999999999999999999",
    ]
  )
  func others(text: String) {
    #expect(name.requestNumber(ShortString(text)) == nil)
  }
}
