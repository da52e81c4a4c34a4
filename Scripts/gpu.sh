#!/usr/bin/env bash
# Checks and times the CUDA kernels on a machine with a GPU, which needs a driver and nothing of Swift.
#
#     Scripts/gpu.sh pack           here: builds a static `paged` and packs it with this script into build/gpu.tar.xz
#     ./gpu.sh run [ARGUMENTS]      there, where that was unpacked: `paged bench cuda`, results in cuda-*.json
#
# NVRTC is found through the loader, and in the packages of the machine's Python, where PyTorch has brought it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

pack() {
    cd "$here/.."
    # Its own build folder, because the flags differ from the tool's.
    swift build --configuration release --product paged --scratch-path .build/static -Xswiftc -static-stdlib \
        -Xlinker --gc-sections -Xlinker -s >&2
    rm -rf build/gpu
    mkdir -p build/gpu
    cp .build/static/release/paged Scripts/gpu.sh build/gpu/
    tar -C build -cJf build/gpu.tar.xz gpu
    ls -l build/gpu.tar.xz >&2
}

compilers() {
    python3 - 2>/dev/null <<'PYTHON' || true
import glob, site
for root in [*site.getsitepackages(), site.getusersitepackages()]:
    for file in glob.glob(f"{root}/nvidia/*/lib/libnvrtc.so.*"):
        print(file.rpartition("/")[0], end=":")
PYTHON
}

run() {
    [ -x "$here/paged" ] || { echo "error: $here/paged is not there; unpack what \`Scripts/gpu.sh pack\` wrote" >&2; exit 1; }
    local result
    result=cuda-$(hostname)-$(date -u +%Y%m%dT%H%M%SZ).json
    LD_LIBRARY_PATH="$(compilers)${LD_LIBRARY_PATH:-}" "$here/paged" bench cuda --json "$result" "$@"
    echo "$result"
}

case ${1:-} in
    pack) pack ;;
    run) shift && run "$@" ;;
    *) sed -n '2,7s/^# \{0,1\}//p' "$0" && exit 1 ;;
esac
