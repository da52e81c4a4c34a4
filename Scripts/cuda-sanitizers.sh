#!/usr/bin/env bash
# Runs the CUDA kernels on the emulator under ThreadSanitizer (races in shared and global memory) and AddressSanitizer (memory
# that is not theirs), and sees both find a bug that is put in for them. Ends with one line of counts.
set -euo pipefail
cd "$(dirname "$0")/.."
build=build/cuda-sanitizers
mkdir -p $build
passed=0 failed=0

emulator=Tests/CPagedCUDAEmulator
flags=(-std=c++17 -O1 -g -Wall -Wextra -I Sources/CPagedCUDA/include -I $emulator/include)
toolchain=$(swiftc -print-target-info | sed -n 's|.*"runtimeResourcePath": "\(.*\)/lib/swift".*|\1|p')
compiler="$toolchain/bin/clang++"
[ -x "$compiler" ] || compiler=clang++

# The machine itself is not instrumented for races: it tells the detector what happens before what.
compile() { # program, kind of sanitizer, types, bytes of 8 channels, cache's line of the list, flags of the machine
    local program=$build/$1 sanitizer=$2 types=$3 chunk=$4 only=$5 machine=(-fsanitize=address)
    [ "$sanitizer" = address ] || machine=(-DPAGED_THREAD_SANITIZER)
    shift 5
    local objects=()
    for file in fiber machine emulated hopper; do
        "$compiler" "${flags[@]}" "${machine[@]}" "$@" -c $emulator/$file.cpp -o "$program.$file.o"
        objects+=("$program.$file.o")
    done
    "$compiler" "${flags[@]}" -fsanitize="$sanitizer" "-DPAGED_ONLY=$only" -DPAGED_SIZE=64 -DPAGED_WIDTH=2 -DPAGED_HOPPER_SIZE=64 \
        -c $emulator/kernels.cpp -o "$program.kernels.o"
    "$compiler" "${flags[@]}" -fsanitize="$sanitizer" "-DPAGED_TYPES=\"$types\"" -DPAGED_CHUNK_BYTES="$chunk" \
        Tests/CUDASanitizers/main.cpp "${objects[@]}" "$program.kernels.o" \
        -fuse-ld=lld -L "$toolchain/lib/swift/linux" -ldispatch -lBlocksRuntime -Wl,-rpath,"$toolchain/lib/swift/linux" -o "$program"
}
expect() { # clean or finding, program, its arguments
    local expected=$1 program=$2 seen=clean
    shift 2
    $build/"$program" "$@" >$build/"$program".log 2>&1 || seen=finding
    if [ $seen = "$expected" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "error: $program $*: $seen instead of $expected" >&2
        head -20 $build/"$program".log >&2
    fi
}

values='Float16,float16,Values,float16' codes='Float16,float16,Int8,int8'
compile race-values thread float16_float16 16 "$values"
compile race-codes thread float16_int8 8 "$codes"
compile race-seeded thread float16_float16 16 "$values" -DPAGED_OMIT_WARP_BARRIERS
compile memory-values address float16_float16 16 "$values"
compile memory-codes address float16_int8 8 "$codes"

expect clean race-values
expect clean race-codes
expect finding race-seeded
expect clean memory-values
expect clean memory-codes
expect finding memory-values short-shared
expect finding memory-codes short-shared
expect finding memory-values short-cache
echo "CUDA sanitizers: $passed passed, $failed failed"
[ $failed -eq 0 ]
