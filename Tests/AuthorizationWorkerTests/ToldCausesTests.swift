import RabbitMQClient
import Testing

@testable import AuthorizationWorker

@Suite("Causes told of an outage")
struct ToldCausesTests {
  private let reset = RabbitMQError(.connectionLost, "Connection reset by peer")
  private let refused = RabbitMQError(.unreachable, "Connection refused")

  @Test("causes that alternate are news once each")
  func alternating() {
    var causes = ToldCauses()
    let news = [reset, refused, reset, refused, reset, reset].map { causes.note($0) }
    #expect(news == [true, true, false, false, false, false])
  }

  @Test("the same words of another kind of failure are another cause, and so are other words of the same kind")
  func distinct() {
    var causes = ToldCauses()
    let errors = [reset, RabbitMQError(.connectionClosed, reset.message), RabbitMQError(.connectionLost, "Broken pipe")]
    let news = errors.map { causes.note($0) }
    #expect(news == [true, true, true])
  }

  @Test("ever new words are told up to a limit, and a login that is refused after all of them still is")
  func bounded() {
    var causes = ToldCauses()
    let told = (0..<100).filter { causes.note(RabbitMQError(.connectionLost, "port \($0)")) }
    #expect(told == Array(0..<ToldCauses.limit))
    let login = RabbitMQError(.accessRefused, "login refused")
    let loginNews = (causes.note(login), causes.note(login))
    #expect(loginNews == (true, false))
  }

  @Test("after a success everything is news again")
  func afterSuccess() {
    var causes = ToldCauses()
    var news = [causes.note(reset)]
    causes.reset()
    news.append(causes.note(reset))
    #expect(news == [true, true])
  }
}
