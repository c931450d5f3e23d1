/// Whether what a process uses grows: the last third of the samples beside the middle one. The first third fills caches and pools.
package struct Flatness: Sendable {
  package struct Measure: Sendable {
    package let name: String
    /// Medians of the thirds.
    package let thirds: [Int]
    /// How much more the last may be than the middle one, as a fraction.
    package let tolerance: Double

    package var isFlat: Bool { Double(thirds[2]) <= Double(thirds[1]) * (1 + tolerance) }
  }

  /// Memory is taken and given back in pages, in which a few per cent are noise.
  package static let memoryTolerance = 0.03

  package let measures: [Measure]

  package var isFlat: Bool { measures.allSatisfy(\.isFlat) }

  /// Nil with fewer samples than say anything.
  package init?(_ samples: [ProcessSample]) {
    guard samples.count >= 9 else { return nil }
    let third = samples.count / 3
    let thirds = [samples.prefix(third), samples.dropFirst(third).dropLast(third), samples.suffix(third)]
    func measure(_ name: String, tolerance: Double, _ value: (ProcessSample) -> Int) -> Measure {
      Measure(name: name, thirds: thirds.map { $0.map(value).sorted()[$0.count / 2] }, tolerance: tolerance)
    }
    measures = [
      measure("resident memory (kB)", tolerance: Self.memoryTolerance) { $0.residentBytes / 1024 },
      measure("open files", tolerance: 0, \.openFiles),
      measure("threads", tolerance: 0, \.threads),
    ]
  }
}
