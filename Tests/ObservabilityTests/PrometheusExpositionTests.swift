import CoreMetrics
import Observability
import Testing

@Suite("Prometheus exposition")
struct PrometheusExpositionTests {
  @Test("A counter is exposed with help, type and its value, under the name it was given")
  func counter() {
    let factory = PrometheusMetricsFactory(descriptions: [
      MetricDescription(name: "aviso_ecpds_requests_total", help: "Requests taken.", kind: .counter)
    ])
    let counter = Counter(label: "aviso_ecpds_requests_total", factory: factory)
    counter.increment()
    counter.increment(by: 41)
    #expect(
      factory.exposition() == """
        # HELP aviso_ecpds_requests_total Requests taken.
        # TYPE aviso_ecpds_requests_total counter
        aviso_ecpds_requests_total 42

        """
    )
  }

  @Test("Every label value is there at zero from the moment its handle is made")
  func zeros() {
    let factory = PrometheusMetricsFactory()
    for outcome in ["confirmed", "nacked", "returned"] {
      _ = Counter(label: "replies_total", dimensions: [("outcome", outcome)], factory: factory)
    }
    _ = Timer(label: "wait_seconds", dimensions: [("kind", "a")], factory: factory)
    let text = factory.exposition()
    for line in [
      "replies_total{outcome=\"confirmed\"} 0", "replies_total{outcome=\"nacked\"} 0", "replies_total{outcome=\"returned\"} 0",
      "wait_seconds_bucket{kind=\"a\",le=\"+Inf\"} 0", "wait_seconds_sum{kind=\"a\"} 0", "wait_seconds_count{kind=\"a\"} 0",
    ] {
      #expect(text.split(separator: "\n").contains(Substring(line)))
    }
  }

  @Test("A floating-point counter adds fractions, ignores what would decrease it, and shares the counter of its name")
  func floatingPointCounter() {
    let factory = PrometheusMetricsFactory()
    let handler = factory.makeFloatingPointCounter(label: "work_total", dimensions: [])
    handler.increment(by: 0.25)
    handler.increment(by: -7)
    handler.increment(by: .nan)
    factory.makeCounter(label: "work_total", dimensions: []).increment(by: 2)
    factory.makeCounter(label: "work_total", dimensions: []).increment(by: -1)
    #expect(factory.exposition() == "# TYPE work_total counter\nwork_total 2.25\n")
  }

  @Test("A meter goes up and down, and a recorder that does not aggregate is a gauge of the last value")
  func gauges() {
    let factory = PrometheusMetricsFactory()
    let meter = Meter(label: "in_flight", factory: factory)
    meter.set(10)
    meter.increment(by: 2.5)
    meter.decrement()
    let recorder = Recorder(label: "cache_size", aggregate: false, factory: factory)
    recorder.record(7)
    recorder.record(-3)
    #expect(
      factory.exposition() == """
        # TYPE cache_size gauge
        cache_size -3
        # TYPE in_flight gauge
        in_flight 11.5

        """
    )
  }

  @Test("A timer is a histogram in seconds, whose buckets contain their upper bounds")
  func timer() {
    let factory = PrometheusMetricsFactory(descriptions: [
      MetricDescription(name: "check_duration_seconds", help: "Time.", kind: .histogram, buckets: [1, 0.001, 0.25])
    ])
    let timer = Timer(label: "check_duration_seconds", dimensions: [("cache_outcome", "hit")], factory: factory)
    timer.recordNanoseconds(1_000_000)
    timer.recordNanoseconds(1_000_001)
    timer.recordMilliseconds(250)
    timer.recordSeconds(2)
    #expect(
      factory.exposition() == """
        # HELP check_duration_seconds Time.
        # TYPE check_duration_seconds histogram
        check_duration_seconds_bucket{cache_outcome="hit",le="0.001"} 1
        check_duration_seconds_bucket{cache_outcome="hit",le="0.25"} 3
        check_duration_seconds_bucket{cache_outcome="hit",le="1"} 3
        check_duration_seconds_bucket{cache_outcome="hit",le="+Inf"} 4
        check_duration_seconds_sum{cache_outcome="hit"} 2.252000001
        check_duration_seconds_count{cache_outcome="hit"} 4

        """
    )
  }

  @Test("A recorder that aggregates is a histogram in its own unit, with the default buckets and without what is not a number")
  func recorder() {
    let factory = PrometheusMetricsFactory(defaultBuckets: [10])
    let recorder = Recorder(label: "body_bytes", factory: factory)
    recorder.record(10)
    recorder.record(11)
    recorder.record(Double.nan)
    #expect(
      factory.exposition() == """
        # TYPE body_bytes histogram
        body_bytes_bucket{le="10"} 1
        body_bytes_bucket{le="+Inf"} 2
        body_bytes_sum 21
        body_bytes_count 2

        """
    )
  }

  @Test("Label values and help are escaped, and names made valid")
  func escaping() {
    let factory = PrometheusMetricsFactory(descriptions: [
      MetricDescription(name: "odd_name", help: "A \\ \"quoted\"\nhelp.", kind: .gauge)
    ])
    let dimensions = [("9.lives", "a\\b\"c\nd"), ("x:y", "é"), ("x:y", "twice")]
    _ = factory.makeMeter(label: "odd.name", dimensions: dimensions)
    #expect(
      factory.exposition() == #"""
        # HELP odd_name A \\ "quoted"\nhelp.
        # TYPE odd_name gauge
        odd_name{_9_lives="a\\b\"c\nd",x_y="é"} 0

        """#
    )
  }

  @Test(
    "Names and labels are sorted, whatever the order in which handles were made, and the order of labels makes no other series"
  )
  func order() {
    let factory = PrometheusMetricsFactory()
    for label in ["b_total", "a_total"] {
      for code in ["2", "1"] {
        factory.makeCounter(label: label, dimensions: [("z", "0"), ("code", code)]).increment(by: 1)
        factory.makeCounter(label: label, dimensions: [("code", code), ("z", "0")]).increment(by: 1)
      }
    }
    #expect(
      factory.exposition() == """
        # TYPE a_total counter
        a_total{code="1",z="0"} 2
        a_total{code="2",z="0"} 2
        # TYPE b_total counter
        b_total{code="1",z="0"} 2
        b_total{code="2",z="0"} 2

        """
    )
  }

  @Test("Infinities are written as Prometheus reads them, and large whole numbers without an exponent")
  func numbers() {
    let factory = PrometheusMetricsFactory()
    factory.makeMeter(label: "a", dimensions: []).set(Double.infinity)
    factory.makeMeter(label: "b", dimensions: []).set(-Double.infinity)
    factory.makeMeter(label: "c", dimensions: []).set(Double.nan)
    factory.makeMeter(label: "d", dimensions: []).set(1_764_000_000_000_000_000.0)
    factory.makeMeter(label: "e", dimensions: []).set(0.00005)
    let samples = factory.exposition().split(separator: "\n").filter { !$0.hasPrefix("#") }
    #expect(samples == ["a +Inf", "b -Inf", "c NaN", "d 1764000000000000000", "e 5e-05"])
  }

  @Test("A handle of the wrong kind records without being exposed, and its end takes no other series away")
  func wrongKind() {
    let factory = PrometheusMetricsFactory(descriptions: [MetricDescription(name: "size", help: "Size.", kind: .gauge)])
    factory.makeMeter(label: "size", dimensions: []).set(Int64(3))
    let stray = factory.makeCounter(label: "size", dimensions: [])
    stray.increment(by: 9)
    factory.destroyCounter(stray)
    #expect(factory.exposition() == "# HELP size Size.\n# TYPE size gauge\nsize 3\n")
  }

  @Test("A destroyed metric is no longer exposed")
  func destroy() {
    let factory = PrometheusMetricsFactory()
    let counter = Counter(label: "gone_total", factory: factory)
    counter.destroy()
    #expect(factory.exposition() == "")
  }

  @Test("Collectors run in order before the text is made")
  func collectors() async {
    let factory = PrometheusMetricsFactory()
    let size = Meter(label: "cache_size", factory: factory)
    factory.onCollect { size.set(1) }
    factory.onCollect { size.increment(by: 4) }
    #expect(await factory.collect() == "# TYPE cache_size gauge\ncache_size 5\n")
  }

  @Test("No concurrent increment, fraction or observation is lost")
  func concurrency() async {
    let factory = PrometheusMetricsFactory(defaultBuckets: [0.5])
    let (tasks, rounds) = (4, 100_000)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<tasks {
        group.addTask {
          let counter = factory.makeCounter(label: "a_total", dimensions: [])
          let fractions = factory.makeFloatingPointCounter(label: "b_total", dimensions: [])
          let histogram = factory.makeRecorder(label: "c", dimensions: [], aggregate: true)
          for _ in 0..<rounds {
            counter.increment(by: 1)
            fractions.increment(by: 0.5)
            histogram.record(0.25)
          }
        }
      }
    }
    let samples = factory.exposition().split(separator: "\n").filter { !$0.hasPrefix("#") }
    #expect(
      samples == [
        "a_total 400000", "b_total 200000", "c_bucket{le=\"0.5\"} 400000", "c_bucket{le=\"+Inf\"} 400000", "c_sum 100000",
        "c_count 400000",
      ]
    )
  }
}
