#!/usr/bin/env bash
# Fails when code of an AVX2 or AVX-512 target could run on a processor without them: a weak symbol that another
# target defines too, of which the linker keeps one copy for all.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-.build/release}
[ "$(uname -m)" = x86_64 ] || exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
symbols() { find "$1" -name '*.o' -print0 | xargs -0 -r nm 2>/dev/null | awk -v kinds="$2" 'NF == 3 && index(kinds, $2) { print $3 }' | sort -u; }
wrong=0
for target in PagedKernelsV3 PagedKernelsV4 PagedKernelsV4BF16; do
    [ -d "$build/$target.build" ] || { echo "error: $build/$target.build is not there; build first" >&2; exit 1; }
    symbols "$build/$target.build" WV >"$work/weak"
    for other in "$build"/*.build; do
        [ "$other" = "$build/$target.build" ] && continue
        symbols "$other" WVT | comm -12 - "$work/weak" >"$work/shared"
        [ -s "$work/shared" ] || continue
        echo "error: $target shares with $(basename "$other" .build): $(tr '\n' ' ' <"$work/shared")" >&2
        wrong=1
    done
done
exit "$wrong"
