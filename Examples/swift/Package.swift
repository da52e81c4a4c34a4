// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "attention",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "swift-paged-attention", path: "../..")],
    targets: [
        .executableTarget(
            name: "attention",
            dependencies: [.product(name: "PagedAttention", package: "swift-paged-attention")]
        )
    ]
)
