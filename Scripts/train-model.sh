#!/usr/bin/env bash
# Makes the built-in model anew: corpus, tokenizer, training, evaluation, export to Models/tiny-paged.
#   Scripts/train-model.sh [--minutes N] [--documents N] [--device cpu|cuda] [--out FOLDER]
# Uses a CUDA GPU when PyTorch finds one. Work files go to build/model (not in git).
set -euo pipefail
cd "$(dirname "$0")/.."

work=build/model out=Models/tiny-paged documents= train=()
while [ $# -gt 0 ]; do
    case "$1" in
        --minutes | --device) [ $# -ge 2 ] || { echo "$1 needs a value" >&2; exit 2; }
            train+=("$1" "$2"); shift 2 ;;
        --documents) documents=${2:?--documents needs a number}; shift 2 ;;
        --out) out=${2:?--out needs a folder}; shift 2 ;;
        -h | --help) sed -n '2,4s/^# //p' "$0"; exit 0 ;;
        *) echo "unknown option $1; see $0 --help" >&2; exit 2 ;;
    esac
done
command -v python3 > /dev/null || { echo "Python 3.10 or newer is needed to train the model" >&2; exit 1; }

if [ ! -e "$work/venv/ready" ]; then
    mkdir -p "$work"
    rm -rf "$work/venv"
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet --requirement Scripts/model/requirements.txt
    touch "$work/venv/ready"
fi
python="$work/venv/bin/python"
if [ -z "$documents" ]; then
    documents=$("$python" -c 'import torch; print(600_000 if torch.cuda.is_available() else 150_000)')
fi

"$python" Scripts/model/corpus.py --documents "$documents" --out "$work/corpus"
"$python" Scripts/model/text.py --corpus "$work/corpus" --out "$work/tokenizer"
"$python" Scripts/model/train.py --data "$work" "${train[@]}"
"$python" Scripts/model/export.py --checkpoint "$work/checkpoint" --out "$out"
"$python" Scripts/model/export.py --checkpoint "$work/checkpoint" --out "$work/twin" --twin
"$python" Scripts/model/compare.py --checkpoint "$work/checkpoint" --twin "$work/twin" \
    --heldout "$work/corpus/heldout.jsonl"
