#!/usr/bin/env python3
"""Writes Tests/Fixtures/tokenizers: small tokenizer.json files and what the `tokenizers` package makes of texts.

    pip install tokenizers==0.23.3 && Scripts/make-tokenizer-fixtures.py

The families are those of Tests/Python/tokenizer_families.py; Tests/Python/test_tokenizers.py compares many more texts.
"""

import json
import pathlib
import random
import sys

from tokenizers import Tokenizer

TESTS = pathlib.Path(__file__).resolve().parent.parent / "Tests"
FOLDER = TESTS / "Fixtures" / "tokenizers"
sys.path.insert(0, str(TESTS / "Python"))

from tokenizer_families import FAMILIES, HAND, TEMPLATED, decoded, random_texts, train  # noqa: E402


def compact(value):
    return json.dumps(value, separators=(",", ":")) + "\n"


def expectations(tokenizer, inputs):
    expected = {}
    for key, special, plain in (("plain", False, False), ("added", True, False), ("unparsed", False, True)):
        tokenizer.encode_special_tokens = plain
        expected[key] = [encoding.ids for encoding in tokenizer.encode_batch(inputs, add_special_tokens=special)]
    source = random.Random(7)
    size = tokenizer.get_vocab_size()
    tokens = [[source.randrange(size + 3) for _ in range(source.choice([1, 2, 5, 12]))] for _ in range(60)]
    fallback = {token for text, token in tokenizer.get_vocab().items() if text.startswith("<0x")}
    # Byte tokens that are no characters are decoded otherwise on purpose: see `Tokenizer`.
    expected["tokens"] = [[token for token in row if token not in fallback] for row in tokens]
    for key, skips in (("decoded", False), ("skipped", True)):
        expected[key] = [decoded(tokenizer, ids, skips) for ids in expected["tokens"]]
    # Most texts give the same with and without special tokens: only the differences are kept.
    for key in ("added", "unparsed"):
        rows = enumerate(zip(expected["plain"], expected[key]))
        expected[key] = {str(index): row for index, (plain, row) in rows if plain != row}
    expected["added"] = dict(list(expected["added"].items())[:20])
    return expected


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    inputs = list(dict.fromkeys(HAND + list(random_texts(random.Random(20261122), 300))))
    (FOLDER / "texts.json").write_text(compact(inputs))
    for family in FAMILIES:
        text = train(family)
        (FOLDER / f"{family}.json").write_text(text + "\n")
        expected = expectations(Tokenizer.from_str(text), inputs)
        assert bool(expected["added"]) == (family in TEMPLATED)
        (FOLDER / f"{family}.expected.json").write_text(compact(expected))
    print(f"{len(inputs)} texts, {sum(file.stat().st_size for file in FOLDER.iterdir()) // 1024} KB")


if __name__ == "__main__":
    main()
