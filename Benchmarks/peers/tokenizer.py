#!/usr/bin/env python3
"""The `tokenizers` package as a peer of `paged bench tokenizer`, on one thread.

    tokenizer.py                  for every line {"tokenizer": path, "text": path} on standard input, encodes the text and
                                  answers {"tokens": n, "seconds": s}; the first line it writes names it
    tokenizer.py prepare FOLDER   writes tokenizers of some families, with 32,000 tokens each, and two texts: English and code
"""

import functools
import json
import os
import pathlib
import sys
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Python"))

import tokenizers  # noqa: E402
from tokenizer_families import corpus, train  # noqa: E402

FAMILIES = ["llama3", "o200k", "qwen2", "smollm", "llama2", "mistral", "gemma"]


def prepare(folder: pathlib.Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    texts = corpus(2_000_000)
    for name, text in zip(("english", "code"), texts):
        (folder / f"{name}.txt").write_text(text)
    for family in FAMILIES:
        (folder / f"{family}.json").write_text(train(family, texts, 32_000))


def main() -> None:
    if sys.argv[1:2] == ["prepare"]:
        return prepare(pathlib.Path(sys.argv[2]))
    load = functools.lru_cache(maxsize=1)(tokenizers.Tokenizer.from_file)
    print(json.dumps({"name": "tokenizers", "version": tokenizers.__version__, "threads": 1}), flush=True)
    for line in sys.stdin:
        job = json.loads(line)
        tokenizer, text = load(job["tokenizer"]), pathlib.Path(job["text"]).read_text()
        begin = time.perf_counter()
        tokens = tokenizer.encode(text, add_special_tokens=False).ids
        seconds = time.perf_counter() - begin
        print(json.dumps({"tokens": len(tokens), "seconds": seconds}), flush=True)


if __name__ == "__main__":
    main()
