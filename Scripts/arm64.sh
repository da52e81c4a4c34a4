#!/usr/bin/env bash
# Runs the arm64 kernels on an x86-64 processor: compiles them for aarch64, looks at the code, then runs ARM64Tests with them
# under qemu. Installs what is missing when it is root.
#   Scripts/arm64.sh            all of it; ends with one line of counts
#   Scripts/arm64.sh --build    without the tests, which `swift test` then runs with the others
set -euo pipefail
cd "$(dirname "$0")/.."
build=build/arm64
mkdir -p $build
rm -f $build/skipped

skip() { # the tests print the reason
    rm -f $build/program
    printf '%s' "$1" >$build/skipped
    echo "arm64: 0 functions checked, skipped: $1"
    exit 0
}
has_tools() { command -v qemu-aarch64 && command -v aarch64-linux-gnu-gcc && [ -e /usr/aarch64-linux-gnu/lib/libc.a ]; }
[ "$(uname -sm)" = "Linux x86_64" ] || skip "only on x86-64 with Linux; on arm64 all tests run these kernels"
if ! has_tools >/dev/null; then
    command -v apt-get >/dev/null || skip "qemu-aarch64 or the cross C library is missing, and apt-get too"
    [ "$(id -u)" = 0 ] || skip "install qemu-user gcc-aarch64-linux-gnu libc6-dev-arm64-cross"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        qemu-user gcc-aarch64-linux-gnu libc6-dev-arm64-cross >$build/apt.log
fi

toolchain=$(swiftc -print-target-info | sed -n 's|.*"runtimeResourcePath": "\(.*\)/lib/swift".*|\1|p')
program=Tests/ARM64Program
attention=Sources/PagedAttention
plan=(Sources/PagedKernels/Work{Plan,List}.swift Tests/PagedKernelsTests/ARM64/CallFormat.swift)
# There is no standard library for arm64 Linux in a toolchain for x86-64: Embedded Swift carries its own, over C.
compile() { # module, its flags and sources
    local module=$1
    shift
    swiftc -target aarch64-none-none-elf -enable-experimental-feature Embedded -swift-version 6 -wmo -parse-as-library \
        -package-name swift_paged_attention -enable-upcoming-feature InternalImportsByDefault \
        -enable-upcoming-feature ExistentialAny -enable-upcoming-feature MemberImportVisibility \
        -Xfrontend -disable-stack-protector -I $build -I $program/include -Xcc -fmodule-map-file=$build/CPagedVector.modulemap \
        -module-name "$module" -emit-module -emit-module-path "$build/$module.swiftmodule" -c -o "$build/$module.o" "$@"
}
compile_all() {
    echo "module CPagedVector { header \"$PWD/Sources/CPagedVector/include/paged_vector.h\" export * }" \
        >$build/CPagedVector.modulemap
    compile PagedAttention -O $attention/{Attributes,Kernel,Parallel,Tensors}/*.swift \
        $attention/Sparse/Sparse{Task,Selection}.swift $attention/Rules/RuleContext.swift
    compile PagedKernelsBaseline -Ounchecked Sources/PagedKernelSources/*.swift
    compile ARM64Program -O $program/*.swift "${plan[@]}"
    "$toolchain/bin/clang" --target=aarch64-linux-gnu -O2 -Wall -Wextra -static -fuse-ld=lld -Wl,--gc-sections \
        -I $program/include $program/main.c $build/{ARM64Program,PagedKernelsBaseline,PagedAttention}.o \
        "$toolchain/lib/swift/embedded/aarch64-none-none-elf/libswiftUnicodeDataTables.a" -lm -o $build/program
}
sources=(Scripts/arm64.sh $attention Sources/PagedKernelSources Sources/CPagedVector $program "${plan[@]}")
if [ ! -e $build/program ] || [ -n "$(find "${sources[@]}" -type f -newer $build/program)" ]; then
    rm -f $build/program
    compile_all
fi

neon=$(Scripts/check-arm64.py "$toolchain/bin" $build/PagedKernelsBaseline.o)
if [ "${1:-}" = --build ]; then
    echo "arm64: $neon functions of the kernels checked to be NEON code"
    exit 0
fi

swift build --configuration release --product swift-paged-attentionPackageTests
status=0
swift test --configuration release --skip-build --filter ARM64Tests >$build/test.log 2>&1 || status=$?
[ "$status" -eq 0 ] || grep -E '^(✘|􀢄)|error:' $build/test.log >&2 || cat $build/test.log >&2
count() { grep -v ' Test run with ' $build/test.log | grep -cE "$1" || true; }
echo "arm64: $(count '^(✔|􁁛) +Test .* passed after') tests passed, $(count '^(✘|􀢄) +Test .* failed after') failed," \
    "$(count '^(➜|􀙟) +Test .* skipped') skipped; $neon functions of the kernels checked to be NEON code"
exit "$status"
