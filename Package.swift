// swift-tools-version: 6.3
import PackageDescription

let house: [SwiftSetting] = [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// One kernel source, compiled for one instruction set.
///
/// The flags apply on x86-64 only; elsewhere the baseline alone has kernels. Kernels are always
/// optimised, because debug ones are hundreds of times slower, and never inlined into other targets,
/// which run on any processor.
func kernels(_ name: String, _ instructions: String...) -> Target {
    let features = instructions.flatMap { ["-Xcc", "-Xarch_x86_64", "-Xcc", "-m\($0)"] }
    let always = ["-Ounchecked", "-disable-cmo", "-Xfrontend", "-disable-reflection-metadata"]
    return .target(
        name: name,
        dependencies: ["CPagedVector", "PagedAttention"],
        swiftSettings: house + [.unsafeFlags(features + always)]
    )
}

/// What the plugin exports.
let exports = "Sources/PagedPlugin/exports.map"

let package = Package(
    name: "swift-paged-attention",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "PagedAttention", targets: ["PagedAttention", "PagedKernels"]),
        .library(name: "PagedEngine", targets: ["PagedEngine"]),
        .library(name: "pagedattention", type: .dynamic, targets: ["PagedPlugin"]),
        .executable(name: "paged", targets: ["paged"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(
            url: "https://github.com/hummingbird-project/hummingbird",
            from: "2.28.1",
            traits: ["FullFoundation"]
        ),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // A: the operator.
        .target(
            name: "PagedAttention",
            swiftSettings: house
        ),
        .target(
            name: "CPagedVector"
        ),
        .target(
            name: "CPagedProcessor"
        ),
        kernels("PagedKernelsBaseline"),
        kernels("PagedKernelsV3", "arch=x86-64-v3"),
        kernels("PagedKernelsV4", "arch=x86-64-v4"),
        kernels("PagedKernelsV4BF16", "arch=x86-64-v4", "avx512bf16", "avx512vnni"),
        .target(
            name: "PagedKernels",
            dependencies: [
                "PagedAttention",
                "CPagedProcessor",
                "PagedKernelsBaseline",
                "PagedKernelsV3",
                "PagedKernelsV4",
                "PagedKernelsV4BF16",
            ],
            swiftSettings: house
        ),

        .target(
            name: "PagedFuzz",
            dependencies: ["PagedAttention", "PagedKernels"],
            swiftSettings: house
        ),

        .target(
            name: "CPagedCUDA",
            exclude: ["Generated", "Kernels"]
        ),
        .target(
            name: "PagedCUDA",
            dependencies: ["CPagedCUDA", "PagedAttention", "PagedKernels"],
            swiftSettings: house
        ),
        .target(
            name: "PagedCases",
            dependencies: ["PagedAttention", "PagedCUDA", "PagedKernels"],
            swiftSettings: house
        ),

        // B: batching and text, without tensors.
        .target(
            name: "PagedCache",
            swiftSettings: house
        ),
        .target(
            name: "PagedBatching",
            dependencies: ["PagedCache"],
            swiftSettings: house
        ),
        .target(
            name: "PagedSampling",
            swiftSettings: house
        ),
        .target(
            name: "PagedText",
            swiftSettings: house
        ),

        // C: ONNX Runtime, as guest and as host, and the engine.
        .target(
            name: "COnnxRuntime"
        ),
        .target(
            name: "PagedOperator",
            dependencies: ["COnnxRuntime", "PagedAttention", "PagedCUDA", "PagedKernels"],
            swiftSettings: house
        ),
        .target(
            name: "PagedPlugin",
            dependencies: ["COnnxRuntime", "PagedOperator"],
            exclude: ["exports.map"],
            swiftSettings: house,
            // The Swift runtime linked in, only the entry points exported, never unloaded.
            linkerSettings: [
                .unsafeFlags(
                    [
                        "-static-stdlib", "-Xlinker", "--gc-sections", "-Xlinker", "-s",
                        "-Xlinker", "-z", "-Xlinker", "nodelete",
                        "-Xlinker", "--version-script=\(Context.packageDirectory)/\(exports)",
                    ],
                    .when(platforms: [.linux])
                )
            ]
        ),
        .target(
            name: "PagedRuntime",
            dependencies: ["COnnxRuntime", "PagedAttention", "PagedOperator"],
            swiftSettings: house
        ),
        .target(
            name: "PagedModel",
            dependencies: ["PagedAttention", "PagedGraph", "PagedRuntime"],
            swiftSettings: house
        ),
        .target(
            name: "PagedGraph",
            dependencies: [
                "PagedAttention",
                "PagedKernels",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            exclude: ["Generated/graph.proto"],
            swiftSettings: house
        ),
        .target(
            name: "PagedEngine",
            dependencies: [
                "PagedBatching", "PagedGraph", "PagedModel", "PagedRuntime", "PagedSampling",
            ],
            swiftSettings: house
        ),

        // D: the edge.
        .target(
            name: "PagedAPI",
            swiftSettings: house
        ),
        .target(
            name: "PagedServer",
            dependencies: [
                "PagedAPI",
                "PagedEngine",
                "PagedSampling",
                "PagedText",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: house
        ),
        .target(
            name: "CPagedAllocations"
        ),
        .executableTarget(
            name: "paged",
            dependencies: [
                "CPagedAllocations",
                "PagedAttention",
                "PagedBatching",
                "PagedCUDA",
                "PagedCache",
                "PagedCases",
                "PagedEngine",
                "PagedGraph",
                "PagedKernels",
                "PagedModel",
                "PagedRuntime",
                "PagedSampling",
                "PagedServer",
                "PagedText",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: house
        ),

        // Tests mirror the sources.
        .target(
            name: "CPagedCUDAEmulator",
            dependencies: ["CPagedCUDA"],
            path: "Tests/CPagedCUDAEmulator"
        ),
        .testTarget(
            name: "PagedAttentionTests",
            dependencies: ["PagedAttention"],
            swiftSettings: house
        ),
        .testTarget(
            name: "PagedKernelsTests",
            dependencies: [
                "CPagedCUDA", "CPagedCUDAEmulator", "PagedAttention", "PagedCUDA", "PagedCases",
                "PagedKernels",
            ],
            swiftSettings: house
        ),
        .testTarget(
            name: "PagedCUDATests",
            dependencies: [
                "CPagedAllocations", "CPagedCUDAEmulator", "PagedAttention", "PagedCUDA",
                "PagedCases", "PagedKernels",
            ],
            swiftSettings: house
        ),
        .testTarget(
            name: "PagedFuzzTests",
            dependencies: ["PagedFuzz"],
            swiftSettings: house
        ),
        .testTarget(
            name: "PagedCacheTests",
            dependencies: ["PagedCache"],
            swiftSettings: house
        ),
        .testTarget(
            name: "PagedBatchingTests",
            dependencies: ["CPagedAllocations", "PagedBatching", "PagedCache"],
            swiftSettings: house
        ),
        .testTarget(
            name: "PagedSamplingTests",
            dependencies: ["PagedSampling"],
            swiftSettings: house
        ),
        .testTarget(
            name: "PagedTextTests",
            dependencies: ["PagedText"],
            swiftSettings: house
        ),
        .testTarget(
            name: "PagedOperatorTests",
            dependencies: ["PagedOperator", "COnnxRuntime", "PagedAttention", "PagedKernels"],
            swiftSettings: house
        ),
        .testTarget(
            name: "PagedRuntimeTests",
            dependencies: ["PagedRuntime", "PagedAttention"],
            swiftSettings: house
        ),
        .testTarget(
            name: "PagedModelTests",
            dependencies: ["PagedModel", "PagedAttention", "PagedGraph", "PagedRuntime"],
            swiftSettings: house
        ),
        .testTarget(
            name: "PagedGraphTests",
            dependencies: [
                "PagedGraph",
                "PagedAttention",
                "PagedKernels",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: house
        ),
        .testTarget(
            name: "PagedEngineTests",
            dependencies: ["PagedEngine", "PagedBatching", "PagedSampling"],
            swiftSettings: house
        ),
        .testTarget(
            name: "PagedAPITests",
            dependencies: ["PagedAPI"],
            swiftSettings: house
        ),
        .testTarget(
            name: "PagedServerTests",
            dependencies: [
                "PagedServer",
                "PagedAPI",
                "PagedEngine",
                "PagedSampling",
                "PagedText",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: house
        ),
    ],
    cxxLanguageStandard: .cxx17
)
