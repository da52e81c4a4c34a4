// swift-tools-version: 6.3
import PackageDescription

let house: [SwiftSetting] = [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "swift-paged-attention",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "PagedAttention", targets: ["PagedAttention", "PagedKernels"]),
        .library(name: "PagedEngine", targets: ["PagedEngine"]),
        .library(name: "PagedServer", targets: ["PagedServer"]),
        .library(name: "pagedattention", type: .dynamic, targets: ["PagedPlugin"]),
        .executable(name: "paged", targets: ["paged"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: []
)
