#!/usr/bin/env bash
# Builds build/libpagedattention.so: the Swift runtime linked in, only the entry points exported, never unloaded.
set -euo pipefail
cd "$(dirname "$0")/.."
# Its own build folder, because the flags differ from the tool's.
swift build --configuration release --product pagedattention --scratch-path .build/plugin \
    -Xswiftc -static-stdlib \
    -Xlinker --gc-sections -Xlinker -s -Xlinker -z -Xlinker nodelete \
    -Xlinker --version-script="$PWD/Sources/PagedPlugin/exports.map" >&2
mkdir -p build
cp .build/plugin/release/libpagedattention.so build/libpagedattention.so.new
mv build/libpagedattention.so.new build/libpagedattention.so
ls -l build/libpagedattention.so >&2
