import Testing

@testable import Observability

@Suite("Process metrics")
struct ProcessMetricsTests {
  private let units = ProcessMetrics.Units(clockTicksPerSecond: 100, pageSizeBytes: 4096)
  private let limits = """
    Limit                     Soft Limit           Hard Limit           Units
    Max open files            1024                 524288               files
    """
  private let systemStat = "cpu  1 2 3\nbtime 1700000000\nprocesses 5\n"

  @Test("The fields are found behind an executable name with spaces and parentheses")
  func parsing() throws {
    let stat =
      "42 (a) R (b) S 1 42 42 0 -1 4194560 100 0 0 0 150 25 0 0 20 0 4 0 1050 8192000 300 18446744073709551615 1 1 0 0"
    let metrics = try #require(ProcessMetrics(stat: stat, limits: limits, systemStat: systemStat, units: units))
    #expect(metrics.cpuSeconds == 1.75)
    #expect(metrics.virtualMemoryBytes == 8_192_000)
    #expect(metrics.residentMemoryBytes == 300 * 4096)
    #expect(metrics.startTimeSeconds == 1_700_000_010.5)
    #expect(metrics.maximumFileDescriptorCount == 1024)
  }

  @Test("What is no process status gives nothing", arguments: ["", "42 (a", "42 (a) S 1 2 3"])
  func garbage(stat: String) {
    #expect(ProcessMetrics(stat: stat, limits: limits, systemStat: systemStat, units: units) == nil)
  }

  @Test("An unlimited number of descriptors and an unknown boot time are left out")
  func absent() throws {
    let stat = "1 (a) S" + String(repeating: " 7", count: 30)
    let metrics = try #require(
      ProcessMetrics(stat: stat, limits: "Max open files            unlimited   unlimited  files", systemStat: "", units: units)
    )
    #expect(metrics.maximumFileDescriptorCount == nil)
    #expect(metrics.startTimeSeconds == nil)
  }

  @Test("The running process shows all six, with help")
  func running() async {
    let factory = PrometheusMetricsFactory()
    factory.collectProcessMetrics()
    let lines = await factory.collect().split(separator: "\n")
    for description in ProcessMetrics.descriptions {
      #expect(lines.contains("# HELP \(description.name) \(description.help)"))
      let value = lines.first { $0.hasPrefix(description.name + " ") }?.split(separator: " ").last.flatMap { Double($0) }
      // The processor time of a process that has just begun is less than a clock tick.
      let isPlausible = value.map { $0 > 0 || ($0 == 0 && description.name == "process_cpu_seconds_total") }
      #expect(isPlausible == true, "\(description.name)")
    }
  }
}
