#!/usr/bin/env bash
# Checks and times the CUDA kernels on a machine with a GPU, which needs a driver and Python, nothing of Swift and no network.
#
#     Scripts/gpu.sh pack           here: builds a static `paged` and packs it with this script into build/gpu.tar.gz
#     ./gpu.sh run [ARGUMENTS]      there, where that was unpacked: checks, sanitizers, times, peers, report; --help says more
#     ./gpu.sh report FOLDER        there or here: the report of a run that was killed
#
# PEERS=FOLDER names Python packages to measure beside, those of them that the machine's Python lacks.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

pack() {
    cd "$here/.."
    # Its own build folder, because the flags differ from the tool's.
    swift build --configuration release --product paged --scratch-path .build/static -Xswiftc -static-stdlib \
        -Xlinker --gc-sections -Xlinker -s >&2
    rm -rf build/gpu
    mkdir -p build/gpu/peers
    cp .build/static/release/paged Scripts/gpu.sh build/gpu/
    cp -r Benchmarks/cuda build/gpu/
    cp -r Benchmarks/peers/cuda build/gpu/peers/
    find build/gpu -name __pycache__ -prune -exec rm -r {} +
    tar -C build -czf build/gpu.tar.gz gpu
    ls -l build/gpu.tar.gz >&2
}

# Beside this script where it was unpacked, or in the repository.
program() {
    local packed=$here/$1 own=$here/../$2
    if [ -e "$packed" ]; then echo "$packed"; else echo "$own"; fi
}

measure() { # the arguments of run.py
    command -v python3 >/dev/null || { echo "error: needs python3; without it there is \`paged bench cuda\`" >&2; exit 1; }
    exec python3 -B "$(program cuda Benchmarks/cuda)/run.py" "$@"
}

run() {
    local paged
    paged=$(program paged .build/static/release/paged)
    [ -x "$paged" ] || { echo "error: $paged is not there; unpack what \`Scripts/gpu.sh pack\` wrote" >&2; exit 1; }
    measure --paged "$paged" "$@"
}

case ${1:-} in
    pack) pack ;;
    run) shift && run "$@" ;;
    report) measure "$@" ;;
    *) sed -n '2,8s/^# \{0,1\}//p' "$0" && exit 1 ;;
esac
