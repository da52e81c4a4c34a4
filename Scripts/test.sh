#!/usr/bin/env bash
# Runs every test and ends with one line of counts. Called by `make test`.
set -uo pipefail
cd "$(dirname "$0")/.."
mkdir -p build
passed=0 failed=0 skipped=0

Scripts/make-venv.sh || exit 1
echo "== building (release) =="
# Not --build-tests: it would also build everything of swift-protobuf, its compiler in C++ included.
for product in swift-paged-attentionPackageTests paged; do
    swift build --configuration release --product "$product" || exit 1
done
Scripts/check-kernels.sh || exit 1
Scripts/arm64.sh --build || exit 1
Scripts/make-plugin.sh || exit 1
Scripts/emulated-driver.sh || exit 1

# Before the Swift tests, which use the compiler that this fetches.
echo "== CUDA kernels by NVRTC: every architecture, no spills =="
if Scripts/cuda-compile.py registers >build/cuda-compiler.log 2>&1; then
    if grep -q skipped build/cuda-compiler.log; then skipped=$((skipped + 1)); else passed=$((passed + 1)); fi
else
    failed=$((failed + 1))
fi
tail -5 build/cuda-compiler.log

echo "== Swift tests =="
swift test --configuration release --skip-build 2>&1 | tee build/swift-test.log
status=${PIPESTATUS[0]}
count() { grep -v ' Test run with ' build/swift-test.log | grep -cE "$1"; }
passed=$((passed + $(count '^(✔|􁁛) +Test .* passed after')))
failed=$((failed + $(count '^(✘|􀢄) +Test .* failed after')))
skipped=$((skipped + $(count '^(➜|􀙟) +Test .* skipped')))
[ "$status" -eq 0 ] || [ "$failed" -gt 0 ] || failed=$((failed + 1))

echo "== CUDA kernels on the emulator, under sanitizers =="
Scripts/cuda-sanitizers.sh | tee build/cuda-sanitizers.log
read -r p f < <(sed -nE 's/^CUDA sanitizers: ([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' build/cuda-sanitizers.log)
passed=$((passed + ${p:-0})) failed=$((failed + ${f:-1}))

count_python() { # status, report
    local p f s
    read -r p f s < <(build/venv/bin/python - "$2" <<'PYTHON'
"""Counts of a run, from its own report."""
import sys
import xml.etree.ElementTree as tree

try:
    suite = tree.parse(sys.argv[1]).getroot().find("testsuite")
    total, bad, skip = (int(suite.get(k)) for k in ("tests", "failures", "skipped"))
    bad += int(suite.get("errors"))
    print(total - bad - skip, bad, skip)
except (OSError, tree.ParseError):
    print(0, 1, 0)
PYTHON
    )
    [ "$1" -eq 0 ] || [ "$f" -gt 0 ] || f=1
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

echo "== Python host tests: the plugin in onnxruntime, the openai client against the server =="
PAGED_BINARY="$PWD/.build/release/paged" \
    PAGED_PLUGIN="$PWD/build/libpagedattention.so" \
    PAGED_MODEL="$PWD/Models/tiny-paged" \
    build/venv/bin/python -m pytest -q -rs --junitxml=build/pytest.xml Tests/Python
count_python $? build/pytest.xml

echo "== Python host tests: the plugin in onnxruntime on emulated GPUs =="
build/venv/bin/python -m pytest -q -rs --junitxml=build/pytest-gpu.xml --cuda-driver build/cuda-emulator/libcuda.so.1 \
    Tests/Python/test_gpu_*.py
count_python $? build/pytest-gpu.xml

echo
echo "tests: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
