#!/usr/bin/env bash
# Fuzzes the operator under AddressSanitizer for FUZZ_SECONDS (60), from the cases in Tests/Fixtures/Fuzz and those of
# earlier runs in .build/fuzz/corpus. A case that fails is in .build/fuzz/failures; given as an argument it is replayed.
#   Scripts/fuzz.sh [libFuzzer's options or files]
set -euo pipefail
cd "$(dirname "$0")/.."
build=.build/fuzz
coverage=edge,inline-8bit-counters,pc-table
swift build --configuration release --scratch-path $build --target PagedFuzz \
    -Xswiftc -sanitize=address -Xswiftc -sanitize-coverage=$coverage -Xcc -fsanitize=address >&2
objects=()
for target in PagedFuzz PagedKernels PagedKernels{Baseline,V3,V4,V4BF16} PagedAttention CPagedVector CPagedProcessor; do
    # Not every object that is there: those of sources that are gone stay behind.
    while read -r source; do
        objects+=("$build/release/$target.build/$source.o")
    done < <(find -L "Sources/$target" -name '*.swift' -printf '%f\n' -o -name '*.c' -printf '%f\n')
done
# The linker warns of every symbol of AddressSanitizer that it does not export.
swiftc -sanitize=fuzzer,address "${objects[@]}" -o $build/paged-fuzz 2>$build/link.log || { cat $build/link.log >&2; exit 1; }

Scripts/fuzz-corpus.py unpack $build/corpus
mkdir -p $build/failures
# Swift's crash handler disturbs AddressSanitizer's. Leaks are not looked for: the runtime keeps what it makes once.
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=0:quarantine_size_mb=16:malloc_context_size=8}
options=(-max_total_time="${FUZZ_SECONDS:-60}" -max_len=256 -len_control=0 -timeout=20
    -artifact_prefix=$build/failures/ -print_final_stats=1)
for argument in "$@"; do
    [ -f "$argument" ] && exec $build/paged-fuzz "${options[@]}" "$@"
done
exec $build/paged-fuzz "${options[@]}" "$@" $build/corpus
