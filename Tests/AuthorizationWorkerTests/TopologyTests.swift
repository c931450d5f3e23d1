import RabbitMQClient
import ServiceConfiguration
import Testing

@testable import AuthorizationWorker

@Suite("Topology")
struct TopologyTests {
  private func declarations(_ change: (inout ServiceConfiguration.AMQP) -> Void = { _ in }) -> [Declaration] {
    var configuration = ServiceConfiguration.AMQP()
    change(&configuration)
    return Topology(configuration).declarations
  }

  private func queue(_ name: ShortString, in declarations: [Declaration]) -> QueueDeclaration? {
    declarations.lazy.compactMap { if case .queue(let queue) = $0, queue.name == name { queue } else { nil } }.first
  }

  @Test("by default the request queue is a durable quorum queue that dead-letters, and limits deliveries")
  func quorum() throws {
    let queue = try #require(self.queue("aviso.ecpds.requests", in: declarations()))
    #expect(queue.isDurable)
    #expect(queue.arguments["x-queue-type"]?.text == "quorum")
    #expect(queue.arguments["x-dead-letter-exchange"]?.text == "aviso.ecpds.dead-letter")
    #expect(queue.arguments["x-delivery-limit"]?.integer == 5)
    #expect(queue.arguments["x-dead-letter-strategy"]?.text == "at-least-once")
  }

  @Test("a classic request queue dead-letters too, without the arguments that only quorum queues know")
  func classic() throws {
    let queue = try #require(self.queue("aviso.ecpds.requests", in: declarations { $0.queueType = .classic }))
    #expect(queue.arguments["x-queue-type"]?.text == "classic")
    #expect(queue.arguments["x-dead-letter-exchange"]?.text == "aviso.ecpds.dead-letter")
    #expect(queue.arguments["x-delivery-limit"] == nil)
    #expect(queue.arguments["x-dead-letter-strategy"] == nil)
  }

  @Test("the dead-letter queue is declared and bound before the queue that needs it")
  func order() {
    let names = declarations().map { declaration in
      switch declaration {
      case .exchange(let exchange): "exchange \(exchange.name)"
      case .queue(let queue): "queue \(queue.name)"
      case .binding(let queue, let exchange, _): "\(exchange) to \(queue)"
      }
    }
    #expect(
      names == [
        "exchange aviso.ecpds.dead-letter", "queue aviso.ecpds.dead-letter", "aviso.ecpds.dead-letter to aviso.ecpds.dead-letter",
        "exchange aviso.ecpds.cache", "queue aviso.ecpds.requests",
      ]
    )
  }

  @Test("with declare: false nothing is declared, only looked for")
  func usesOnly() {
    for declaration in declarations(({ $0.declaresTopology = false })) {
      switch declaration {
      case .exchange(let exchange): #expect(!exchange.declares)
      case .queue(let queue): #expect(!queue.declares)
      case .binding: Issue.record("a binding is a declaration")
      }
    }
  }
}
