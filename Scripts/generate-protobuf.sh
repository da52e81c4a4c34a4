#!/usr/bin/env bash
# Makes Sources/PagedGraph/Generated/graph.pb.swift of graph.proto beside it. Only needed after a change of that
# file. Takes protoc from the system (Debian, Ubuntu: apt-get install protobuf-compiler) and builds
# protoc-gen-swift of the version that Package.swift names, in a scratch folder.
set -euo pipefail
cd "$(dirname "$0")/.."
fail() { echo "error: $*" >&2; exit 1; }

command -v protoc >/dev/null || fail "protoc is missing; on Debian and Ubuntu: apt-get install protobuf-compiler"
version=$(sed -n 's/.*swift-protobuf", from: "\([0-9.]*\)".*/\1/p' Package.swift)
[ -n "$version" ] || fail "Package.swift does not say swift-protobuf\", from: \"VERSION\""

mkdir -p build
work=$(mktemp -d build/protobuf.XXXXXX)
trap 'rm -rf "$work"' EXIT
git clone --quiet --depth 1 --branch "$version" -c advice.detachedHead=false \
    https://github.com/apple/swift-protobuf "$work/swift-protobuf" ||
    fail "cannot fetch swift-protobuf $version from GitHub"
swift build --package-path "$work/swift-protobuf" --product protoc-gen-swift

folder=Sources/PagedGraph/Generated
protoc --proto_path="$folder" --plugin="$work/swift-protobuf/.build/debug/protoc-gen-swift" \
    --swift_out="$folder" --swift_opt=Visibility=Package --swift_opt=UseAccessLevelOnImports=true \
    "$folder/graph.proto"
