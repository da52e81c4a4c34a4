#!/usr/bin/env bash
# Builds build/cuda-emulator/libcuda.so.1: the tests' mock of the CUDA driver as a library, so that whole programs find it in the
# driver's place. A process that has loaded it, or gets its folder in LD_LIBRARY_PATH, sees GPUs whose kernels run on the CPU.
# The kernels are those that the Swift tests were built with.
set -euo pipefail
cd "$(dirname "$0")/.."
emulator=Tests/CPagedCUDAEmulator
objects=.build/release/CPagedCUDAEmulator.build
library=build/cuda-emulator/libcuda.so.1
[ -f $objects/kernels.cpp.o ] || { echo "error: build the Swift tests first, as Scripts/test.sh does" >&2; exit 1; }
mkdir -p build/cuda-emulator

toolchain=$(swiftc -print-target-info | sed -n 's|.*"runtimeResourcePath": "\(.*\)/lib/swift".*|\1|p')
compiler="$toolchain/bin/clang++"
[ -x "$compiler" ] || compiler=clang++
"$compiler" -std=c++17 -O2 -fPIC -Wall -Wextra -DPAGED_MOCK_LIBRARY -shared -Wl,-soname,libcuda.so.1 \
    -I Sources/CPagedCUDA/include -I $emulator/include \
    $emulator/mock.cpp $emulator/mock_compiler.cpp $objects/{kernels,machine,fiber,emulated,hopper}.cpp.o -o $library.new
mv $library.new $library
