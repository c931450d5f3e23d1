import Glibc

/// Zipf's law over the ranks 1 to n: rank k is drawn with a probability proportional to 1 / k^exponent.
///
/// Rejection-inversion (Hörmann, Derflinger: Rejection-inversion to generate variates from monotone discrete distributions, ACM TOMACS
/// 6, 1996), in the form of Apache Commons RNG's `RejectionInversionZipfSampler`: no table, whatever n is, and hardly ever a second
/// draw. `hIntegral` is the integral of h(x) = 1 / x^exponent, of which each rank's share is cut out.
struct ZipfDistribution: Sendable {
  private let count: Int
  private let exponent: Double
  private let integralAtFirst: Double
  private let integralAtLast: Double
  /// A rank that is at most so much above its draw is accepted without another look.
  private let acceptance: Double

  /// - Parameters:
  ///   - count: how many ranks there are, at least 1.
  ///   - exponent: more than 0; the larger, the more goes to the first ranks.
  init(count: Int, exponent: Double) {
    self.count = count
    self.exponent = exponent
    let distribution = Shape(exponent: exponent)
    integralAtFirst = distribution.hIntegral(1.5) - 1
    integralAtLast = distribution.hIntegral(Double(count) + 0.5)
    acceptance = 2 - distribution.hIntegralInverse(distribution.hIntegral(2.5) - distribution.h(2))
  }

  /// A rank from 1 to `count`.
  func rank(using generator: inout SeededGenerator) -> Int {
    let shape = Shape(exponent: exponent)
    while true {
      let draw = integralAtLast + generator.nextFraction() * (integralAtFirst - integralAtLast)
      let position = shape.hIntegralInverse(draw)
      // Rounding errors may lead beyond either end.
      let rank = min(max((position + 0.5).rounded(.down), 1), Double(count))
      if rank - position <= acceptance || draw >= shape.hIntegral(rank + 0.5) - shape.h(rank) { return Int(rank) }
    }
  }

  private struct Shape {
    let exponent: Double

    func h(_ x: Double) -> Double { exp(-exponent * log(x)) }

    func hIntegral(_ x: Double) -> Double {
      let logarithm = log(x)
      return expm1Ratio((1 - exponent) * logarithm) * logarithm
    }

    func hIntegralInverse(_ x: Double) -> Double {
      // Below -1 there is nothing but rounding errors.
      let t = max(x * (1 - exponent), -1)
      return exp(log1pRatio(t) * x)
    }

    /// log(1 + x) / x, and its limit near 0.
    private func log1pRatio(_ x: Double) -> Double {
      abs(x) > 1e-8 ? log1p(x) / x : 1 - x * (0.5 - x * (1.0 / 3 - 0.25 * x))
    }

    /// (exp(x) - 1) / x, and its limit near 0.
    private func expm1Ratio(_ x: Double) -> Double {
      abs(x) > 1e-8 ? expm1(x) / x : 1 + x * 0.5 * (1 + x * (1.0 / 3) * (1 + 0.25 * x))
    }
  }
}
