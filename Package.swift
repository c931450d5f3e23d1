// swift-tools-version: 6.2

import PackageDescription

/// What every target is compiled with. CI sets `AVISO_ECPDS_WARNINGS_AS_ERRORS`: the flag cannot be passed on the command line, where
/// it would reach the dependencies, whose warnings are suppressed.
var swiftSettings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
if Context.environment["AVISO_ECPDS_WARNINGS_AS_ERRORS"] != nil {
  swiftSettings.append(.treatAllWarnings(as: .error))
}

/// `Tests/fuzz` sets `AVISO_ECPDS_FUZZ`: libFuzzer brings a `main` of its own, which an ordinary build has nothing to link with.
let isFuzzing = Context.environment["AVISO_ECPDS_FUZZ"] != nil

/// All targets but the loop and the two that face C: the compiler flags every unsafe construct in them.
let memorySafe = swiftSettings + [.strictMemorySafety()]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let configuration: Target.Dependency = .product(name: "Configuration", package: "swift-configuration")
let coreMetrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let dequeModule: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let heapModule: Target.Dependency = .product(name: "HeapModule", package: "swift-collections")
let histogram: Target.Dependency = .product(name: "Histogram", package: "hdrhistogram-swift")
let inMemoryLogging: Target.Dependency = .product(name: "InMemoryLogging", package: "swift-log")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let nioConcurrencyHelpers: Target.Dependency = .product(name: "NIOConcurrencyHelpers", package: "swift-nio")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let serviceLifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

let package = Package(
  name: "aviso-ecpds-worker",
  products: [
    .executable(name: "aviso-ecpds", targets: ["AvisoECPDS"]),
    .executable(name: "aviso-ecpds-benchmark", targets: ["Benchmarks"]),
    .executable(name: "ecpds-simulator", targets: ["ECPDSSimulator"]),
    .library(name: "AuthorizationClient", targets: ["AuthorizationClient"]),
    // For the tests only, which preload it into the program.
    .library(name: "FaultInjection", type: .dynamic, targets: ["FaultInjection"]),
  ],
  dependencies: [
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    // What the system has.
    .systemLibrary(name: "CEpoll"),
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CRabbitMQ", pkgConfig: "librabbitmq", providers: [.apt(["librabbitmq-dev", "libssl-dev"])]),

    // What faces it.
    .target(name: "EventLoop", dependencies: ["CEpoll", heapModule, nioConcurrencyHelpers], swiftSettings: memorySafe),
    .target(name: "CurlHTTPClient", dependencies: ["CCurl", "EventLoop"], swiftSettings: swiftSettings),
    .target(name: "RabbitMQClient", dependencies: ["CRabbitMQ", "EventLoop", dequeModule], swiftSettings: swiftSettings),

    // The decision: no C, no AMQP.
    .target(name: "StrictJSON", swiftSettings: memorySafe),
    .target(name: "CoalescingCache", swiftSettings: memorySafe),
    .target(
      name: "Authorization",
      dependencies: ["CoalescingCache", "StrictJSON", coreMetrics, logging, nioConcurrencyHelpers],
      swiftSettings: memorySafe
    ),

    // The service around it.
    .target(name: "ServiceConfiguration", dependencies: [configuration, yams], swiftSettings: memorySafe),
    .target(
      name: "Observability",
      dependencies: ["StrictJSON", coreMetrics, logging, nioConcurrencyHelpers, nioCore, nioHTTP1, nioPosix, serviceLifecycle],
      swiftSettings: memorySafe
    ),
    .target(
      name: "AuthorizationWorker",
      dependencies: [
        "Authorization", "CoalescingCache", "CurlHTTPClient", "EventLoop", "Observability", "RabbitMQClient",
        "ServiceConfiguration", "StrictJSON", coreMetrics, dequeModule, logging, nioConcurrencyHelpers, serviceLifecycle,
        unixSignals,
      ],
      swiftSettings: memorySafe
    ),

    .target(
      name: "AuthorizationClient",
      dependencies: ["Authorization", "EventLoop", "RabbitMQClient"],
      swiftSettings: memorySafe
    ),

    // What the simulator knows, for those who must know it too.
    .target(name: "ECPDSSimulatorData", dependencies: ["StrictJSON"], swiftSettings: memorySafe),

    // Load on the broker, and every answer accounted for.
    .target(
      name: "LoadGenerator",
      dependencies: [
        "Authorization", "ECPDSSimulatorData", "EventLoop", "RabbitMQClient", "StrictJSON", dequeModule, histogram,
      ],
      swiftSettings: memorySafe
    ),

    // The programs.
    .executableTarget(
      name: "AvisoECPDS",
      dependencies: [
        "Authorization", "AuthorizationClient", "AuthorizationWorker", "ECPDSSimulatorData", "EventLoop", "LoadGenerator",
        "Observability", "RabbitMQClient", "ServiceConfiguration", "StrictJSON", argumentParser, logging, unixSignals,
      ],
      swiftSettings: memorySafe
    ),
    .executableTarget(
      name: "ECPDSSimulator",
      dependencies: ["ECPDSSimulatorData", "StrictJSON", argumentParser, nioCore, nioHTTP1, nioPosix, unixSignals],
      swiftSettings: memorySafe
    ),
    .target(name: "CAllocationCount"),
    .executableTarget(
      name: "Benchmarks",
      dependencies: [
        "Authorization", "CAllocationCount", "CoalescingCache", "EventLoop", "StrictJSON", argumentParser, heapModule,
      ],
      swiftSettings: memorySafe
    ),

    // Tests: one target each, and what they share.
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: swiftSettings),
    .executableTarget(
      name: "Trials",
      dependencies: ["ConstantResponder", "TestSupport", argumentParser],
      path: "Tests/Trials",
      swiftSettings: swiftSettings
    ),
    .executableTarget(name: "ConstantResponder", dependencies: ["CRabbitMQ"], path: "Tests/ConstantResponder"),
    .testTarget(name: "TrialsTests", dependencies: ["TestSupport", "Trials"], swiftSettings: swiftSettings),
    .target(
      name: "FuzzOracles",
      dependencies: ["Authorization", "ServiceConfiguration", "StrictJSON"],
      path: "Tests/Fuzzing/Oracles",
      swiftSettings: swiftSettings
    ),
    .testTarget(name: "FuzzingTests", dependencies: ["FuzzOracles"], swiftSettings: swiftSettings),
    .target(name: "FaultInjection", dependencies: ["CCurl", "CRabbitMQ"], path: "Tests/FaultInjection"),
    .testTarget(name: "EventLoopTests", dependencies: ["EventLoop", nioConcurrencyHelpers], swiftSettings: swiftSettings),
    .testTarget(
      name: "RabbitMQClientTests",
      dependencies: ["CRabbitMQ", "EventLoop", "RabbitMQClient", "TestSupport"],
      exclude: ["Resources"],
      swiftSettings: swiftSettings
    ),
    .testTarget(
      name: "CurlHTTPClientTests",
      dependencies: ["CCurl", "CurlHTTPClient", "EventLoop", "TestSupport", nioConcurrencyHelpers, nioCore, nioPosix],
      exclude: ["Resources"],
      swiftSettings: swiftSettings
    ),
    .testTarget(
      name: "LoadGeneratorTests",
      dependencies: ["Authorization", "ECPDSSimulatorData", "LoadGenerator", "RabbitMQClient", "StrictJSON"],
      swiftSettings: swiftSettings
    ),
    .testTarget(
      name: "BenchmarksTests",
      dependencies: ["Authorization", "Benchmarks", "CoalescingCache", "StrictJSON", argumentParser],
      swiftSettings: swiftSettings
    ),
    .testTarget(name: "StrictJSONTests", dependencies: ["StrictJSON"], swiftSettings: swiftSettings),
    .testTarget(name: "CoalescingCacheTests", dependencies: ["CoalescingCache"], swiftSettings: swiftSettings),
    .testTarget(
      name: "AuthorizationTests",
      dependencies: ["Authorization", "CoalescingCache", "StrictJSON", coreMetrics, inMemoryLogging, logging],
      swiftSettings: swiftSettings
    ),
    .testTarget(
      name: "ECPDSSimulatorDataTests",
      dependencies: ["ECPDSSimulatorData", "StrictJSON"],
      swiftSettings: swiftSettings
    ),
    .testTarget(
      name: "ECPDSSimulatorTests",
      dependencies: ["ECPDSSimulator", "ECPDSSimulatorData", "StrictJSON", nioCore, nioEmbedded, nioHTTP1, nioPosix],
      swiftSettings: swiftSettings
    ),
    .testTarget(
      name: "AuthorizationWorkerTests",
      dependencies: [
        "Authorization", "AuthorizationWorker", "CoalescingCache", "EventLoop", "Observability", "RabbitMQClient",
        "ServiceConfiguration", "StrictJSON", inMemoryLogging, logging, nioConcurrencyHelpers,
      ],
      swiftSettings: swiftSettings
    ),
    .testTarget(
      name: "IntegrationTests",
      dependencies: [
        "Authorization", "AuthorizationClient", "AvisoECPDS", "CCurl", "CRabbitMQ", "ECPDSSimulator", "EventLoop",
        "RabbitMQClient", "StrictJSON", "TestSupport", "Trials",
      ],
      exclude: ["pika_client.py"],
      swiftSettings: swiftSettings
    ),
    .testTarget(name: "ServiceConfigurationTests", dependencies: ["ServiceConfiguration"], swiftSettings: swiftSettings),
    .testTarget(
      name: "ObservabilityTests",
      dependencies: [
        "Observability", coreMetrics, logging, nioConcurrencyHelpers, nioCore, nioEmbedded, nioHTTP1, nioPosix, serviceLifecycle,
      ],
      swiftSettings: swiftSettings
    ),
  ]
)

if isFuzzing {
  package.targets.append(
    .executableTarget(
      name: "Fuzzer",
      dependencies: ["FuzzOracles"],
      path: "Tests/Fuzzing/Fuzzer",
      swiftSettings: swiftSettings + [.unsafeFlags(["-parse-as-library"])]
    )
  )
}
