/// The process metrics every Prometheus client library exposes, by their usual names.
///
/// Source: https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics and, for the files, proc(5).
struct ProcessMetrics: Equatable {
  static let descriptions = [
    MetricDescription(
      name: "process_cpu_seconds_total",
      help: "Total user and system CPU time spent in seconds.",
      kind: .counter
    ),
    MetricDescription(name: "process_max_fds", help: "Maximum number of open file descriptors.", kind: .gauge),
    MetricDescription(name: "process_open_fds", help: "Number of open file descriptors.", kind: .gauge),
    MetricDescription(name: "process_resident_memory_bytes", help: "Resident memory size in bytes.", kind: .gauge),
    MetricDescription(
      name: "process_start_time_seconds",
      help: "Start time of the process since unix epoch in seconds.",
      kind: .gauge
    ),
    MetricDescription(name: "process_virtual_memory_bytes", help: "Virtual memory size in bytes.", kind: .gauge),
  ]

  /// The kernel's units, which the files do not tell.
  struct Units {
    var clockTicksPerSecond: Double
    var pageSizeBytes: Double
  }

  var cpuSeconds: Double
  var residentMemoryBytes: Double
  var virtualMemoryBytes: Double
  /// `nil` where the boot time could not be read.
  var startTimeSeconds: Double?
  /// `nil` where there is no limit.
  var maximumFileDescriptorCount: Double?

  /// - Parameters:
  ///   - stat: The text of `/proc/self/stat`.
  ///   - limits: The text of `/proc/self/limits`.
  ///   - systemStat: The text of `/proc/stat`.
  /// - Returns: `nil` where `stat` is not what proc(5) says.
  init?(stat: String, limits: String, systemStat: String, units: Units) {
    // The second field is the executable's name in parentheses, which may itself hold spaces and parentheses.
    guard let nameEnd = stat.lastIndex(of: ")") else { return nil }
    let fields = stat[nameEnd...].split(whereSeparator: \.isWhitespace).dropFirst().map { Double($0) ?? 0 }
    // The first of these fields is proc(5)'s third.
    func field(_ number: Int) -> Double? { fields.indices.contains(number - 3) ? fields[number - 3] : nil }
    guard let user = field(14), let system = field(15), let start = field(22), let virtual = field(23), let resident = field(24)
    else { return nil }

    cpuSeconds = (user + system) / units.clockTicksPerSecond
    virtualMemoryBytes = virtual
    residentMemoryBytes = resident * units.pageSizeBytes
    startTimeSeconds = Self.words(ofLineBeginning: "btime ", in: systemStat).first.flatMap { Double($0) }
      .map { $0 + start / units.clockTicksPerSecond }
    maximumFileDescriptorCount = Self.words(ofLineBeginning: "Max open files ", in: limits).first.flatMap { Double($0) }
  }

  private static func words(ofLineBeginning prefix: String, in text: String) -> [Substring] {
    guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(prefix) }) else { return [] }
    return line.dropFirst(prefix.count).split(whereSeparator: \.isWhitespace)
  }
}

extension PrometheusMetricsFactory {
  /// Exposes this process's own metrics, read anew at each ``collect()``. What the system does not tell is left out.
  public func collectProcessMetrics() {
    onCollect { [unowned self] in
      if let openCount = ProcessFiles.openFileDescriptorCount() {
        gauge(label: "process_open_fds").set(Double(openCount))
      }
      guard let metrics = ProcessFiles.readMetrics() else { return }
      counter(label: "process_cpu_seconds_total").setTotal(metrics.cpuSeconds)
      gauge(label: "process_resident_memory_bytes").set(metrics.residentMemoryBytes)
      gauge(label: "process_virtual_memory_bytes").set(metrics.virtualMemoryBytes)
      if let startTimeSeconds = metrics.startTimeSeconds {
        gauge(label: "process_start_time_seconds").set(startTimeSeconds)
      }
      if let maximum = metrics.maximumFileDescriptorCount {
        gauge(label: "process_max_fds").set(maximum)
      }
    }
  }
}
