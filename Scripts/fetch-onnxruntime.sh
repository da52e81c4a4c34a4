#!/usr/bin/env bash
# Puts the pinned libonnxruntime.so into build/onnxruntime/lib. Does nothing when it is there already.
set -euo pipefail
cd "$(dirname "$0")/.."
fail() { echo "error: $*" >&2; exit 1; }

pin=Scripts/onnxruntime.txt
version=$(sed -n 's/^onnxruntime==\([0-9.]*\).*/\1/p' "$pin")
target=build/onnxruntime
[ -f "$target/lib/libonnxruntime.so.$version" ] && exit 0

[ "$(uname -s)" = Linux ] || fail "the pinned ONNX Runtime wheel is for Linux; on $(uname -s) pass --onnxruntime PATH to paged"
command -v python3 >/dev/null || fail "python3 is missing; on Debian and Ubuntu: apt-get install python3 python3-venv"

mkdir -p build
work=$(mktemp -d build/fetch.XXXXXX)
trap 'rm -rf "$work"' EXIT
if ! python3 -m pip --version >/dev/null 2>&1; then
    python3 -m venv "$work/venv" >/dev/null 2>&1 ||
        fail "python3 has neither pip nor venv; on Debian and Ubuntu: apt-get install python3-venv"
    PATH="$PWD/$work/venv/bin:$PATH"
fi

echo "fetching onnxruntime $version from PyPI ..." >&2
if ! python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
    --require-hashes --python-version 3.11 --implementation cp \
    --platform "manylinux_2_28_$(uname -m)" -r "$pin" -d "$work" >"$work/log" 2>&1; then
    grep -q "DO NOT MATCH THE HASHES" "$work/log" &&
        fail "the onnxruntime $version wheel does not have the SHA-256 that $pin names: not installed"
    grep -qE "NewConnectionError|Temporary failure|Max retries|timed out|ProxyError" "$work/log" &&
        fail "cannot reach PyPI to fetch onnxruntime $version: is the network up?"
    cat "$work/log" >&2
    fail "pip could not download onnxruntime $version (its words above)"
fi

python3 - "$work" "$version" <<'PYTHON'
"""Unpacks the library and its licences from the wheel."""
import pathlib, sys, zipfile

work, version = pathlib.Path(sys.argv[1]), sys.argv[2]
lib = work / "onnxruntime" / "lib"
lib.mkdir(parents=True)
with zipfile.ZipFile(next(work.glob("*.whl"))) as wheel:
    name = f"libonnxruntime.so.{version}"
    (lib / name).write_bytes(wheel.read(f"onnxruntime/capi/{name}"))
    for licence in ("LICENSE", "ThirdPartyNotices.txt"):
        (work / "onnxruntime" / licence).write_bytes(wheel.read(f"onnxruntime/{licence}"))
(lib / "libonnxruntime.so").symlink_to(name)
PYTHON
rm -rf "$target"
mv "$work/onnxruntime" "$target"
echo "$target/lib/libonnxruntime.so.$version" >&2
