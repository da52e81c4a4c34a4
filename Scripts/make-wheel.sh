#!/usr/bin/env bash
# Builds the Python wheel onnxruntime-paged-attention into build/wheels.
#   Scripts/make-wheel.sh [--library PLUGIN] [--out FOLDER]
# Without --library the plugin is built first.
set -euo pipefail
cd "$(dirname "$0")/.."
fail() { echo "error: $*" >&2; exit 1; }

library= out=build/wheels
while [ $# -gt 0 ]; do
    case "$1" in
        --library) library=${2:?--library needs a path}; shift 2 ;;
        --out) out=${2:?--out needs a folder}; shift 2 ;;
        *) fail "unknown option $1; see the first lines of $0" ;;
    esac
done
[ "$(uname -s)" = Linux ] || fail "the wheel is made on Linux; this is $(uname -s)"
command -v objdump >/dev/null || fail "objdump is missing; on Debian and Ubuntu: apt-get install binutils"
command -v python3 >/dev/null || fail "python3 is missing; on Debian and Ubuntu: apt-get install python3"
if [ -z "$library" ]; then
    Scripts/make-plugin.sh
    library=build/libpagedattention.so
fi
[ -f "$library" ] || fail "$library does not exist"
python3 Scripts/make-wheel.py "$library" "$out"
