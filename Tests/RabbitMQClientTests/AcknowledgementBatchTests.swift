import Testing

@testable import RabbitMQClient

@Suite("Acknowledgement batch")
struct AcknowledgementBatchTests {
  private typealias Acknowledgement = AcknowledgementBatch.Acknowledgement

  private func batch(of count: UInt64) -> AcknowledgementBatch {
    var batch = AcknowledgementBatch()
    for tag in 1...count { batch.receive(tag) }
    return batch
  }

  @Test("one that covers all before it stands for them, in whatever order they came")
  func covers() {
    var batch = batch(of: 5)
    for tag in [2, 3, 1] as [UInt64] { batch.acknowledge(tag) }
    #expect(batch.take() == [Acknowledgement(tag: 3, isMultiple: true)])
    #expect(batch.take() == [])
    batch.acknowledge(4)
    #expect(batch.take() == [Acknowledgement(tag: 4, isMultiple: false)])
  }

  @Test("what is still in hand is not covered: those after it are told one by one")
  func gap() {
    var batch = batch(of: 5)
    for tag in [1, 2, 4, 5] as [UInt64] { batch.acknowledge(tag) }
    #expect(
      batch.take() == [
        Acknowledgement(tag: 4, isMultiple: false), Acknowledgement(tag: 5, isMultiple: false),
        Acknowledgement(tag: 2, isMultiple: true),
      ]
    )
    batch.acknowledge(3)
    #expect(batch.take() == [Acknowledgement(tag: 3, isMultiple: false)])
  }

  @Test("one that was given back, which the broker knows by then, does not stand in the way")
  func givenBack() {
    var batch = batch(of: 3)
    batch.settle(1)
    for tag in [2, 3] as [UInt64] { batch.acknowledge(tag) }
    #expect(batch.take() == [Acknowledgement(tag: 3, isMultiple: true)])
  }

  @Test("whatever the order, each delivery is acknowledged once, and none before its time", arguments: 0..<50 as Range<UInt64>)
  func soundness(seed: UInt64) {
    var random = seed
    func pick(_ count: Int) -> Int {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(random >> 33) % count
    }
    var batch = AcknowledgementBatch()
    var inHand: [UInt64] = []
    var done: Set<UInt64> = []
    var told: Set<UInt64> = []
    var latest: UInt64 = 0
    for step in 0..<600 {
      switch pick(4) {
      case 0 where step < 400, 1 where step < 400:
        latest += 1
        batch.receive(latest)
        inHand.append(latest)
      case 3:
        for acknowledgement in batch.take() {
          let covered = acknowledgement.isMultiple ? Array(1...acknowledgement.tag) : [acknowledgement.tag]
          #expect(done.isSuperset(of: covered))
          if !acknowledgement.isMultiple { #expect(!told.contains(acknowledgement.tag)) }
          told.formUnion(covered)
        }
      default:
        guard !inHand.isEmpty else { continue }
        let tag = inHand.remove(at: pick(inHand.count))
        batch.acknowledge(tag)
        done.insert(tag)
      }
    }
    for acknowledgement in batch.take() {
      told.formUnion(acknowledgement.isMultiple ? Array(1...acknowledgement.tag) : [acknowledgement.tag])
    }
    #expect(told == done)
  }
}
