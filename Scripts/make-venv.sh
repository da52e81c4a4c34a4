#!/usr/bin/env bash
# Makes build/venv with the Python packages that the host tests and benchmarks need. Remade when the list changes.
set -euo pipefail
cd "$(dirname "$0")/.."
fail() { echo "error: $*" >&2; exit 1; }

list=Tests/Python/requirements.txt
cmp -s "$list" build/venv/requirements.txt && exit 0
command -v python3 >/dev/null || fail "python3 is missing; on Debian and Ubuntu: apt-get install python3 python3-venv"

rm -rf build/venv
mkdir -p build
echo "installing the Python packages of $list ..." >&2
python3 -m venv build/venv >build/venv.log 2>&1 ||
    fail "python3 -m venv failed; on Debian and Ubuntu: apt-get install python3-venv"
build/venv/bin/pip install --quiet --disable-pip-version-check -r "$list" >build/venv.log 2>&1 || {
    tail -n 3 build/venv.log >&2
    rm -rf build/venv
    fail "pip could not install $list (its last words above; all of them in build/venv.log)"
}
cp "$list" build/venv/requirements.txt
