#!/usr/bin/env bash
# Measures the kernels, calls through ONNX Runtime, the scheduler, tokenizers beside the `tokenizers` package, and the engine
# beside onnxruntime-genai on the same weights, in one run; writes Benchmarks/Results. Arguments go to `paged bench engine`.
set -euo pipefail
cd "$(dirname "$0")/.."
model=${MODEL:-Models/tiny-paged}
Scripts/make-plugin.sh

list=Benchmarks/peers/requirements.txt
venv=build/bench-venv
if ! cmp -s "$list" "$venv/requirements.txt"; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$list"
    cp "$list" "$venv/requirements.txt"
fi

# The peers get folders of their own, because they write into them.
rm -rf build/bench
mkdir -p build/bench
cp -r "$model" build/bench/paged
cp build/libpagedattention.so build/bench/paged/
peers=(--peer "$venv/bin/python Benchmarks/peers/genai.py engine build/bench/paged libpagedattention.so")
if [ -f build/model/twin/genai_config.json ]; then
    peers+=(--peer "$venv/bin/python Benchmarks/peers/genai.py generator build/model/twin")
else
    echo "note: without build/model/twin, which Scripts/train-model.sh writes, the dense Generator is not measured" >&2
fi
mkdir -p Benchmarks/Results
# Without other libraries: those are Benchmarks/peers/run.
.build/release/paged bench kernels --rounds 5 --json Benchmarks/Results/kernels-alone.json
.build/release/paged bench call --json Benchmarks/Results/call.json
.build/release/paged bench scheduler --json Benchmarks/Results/scheduler.json
"$venv/bin/python" Benchmarks/peers/tokenizer.py prepare build/bench/tokenizers
.build/release/paged bench tokenizer --json Benchmarks/Results/tokenizer.json \
    --tokenizers build/bench/tokenizers/*.json --texts build/bench/tokenizers/*.txt \
    --peer "$venv/bin/python Benchmarks/peers/tokenizer.py"
.build/release/paged bench engine --model "$model" --json Benchmarks/Results/engine.json "${peers[@]}" "$@"
