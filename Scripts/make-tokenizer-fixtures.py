#!/usr/bin/env python3
"""Writes Tests/Fixtures/tokenizers: small tokenizer.json files and what the `tokenizers` package makes of texts.

    pip install tokenizers==0.23.3 && Scripts/make-tokenizer-fixtures.py

The vocabularies are trained on a text of our own, below; each file has the pre-tokenizer, normaliser, added tokens and
post-processor of a model family.
"""

import json
import pathlib
import random

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "Tests" / "Fixtures" / "tokenizers"

CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
LLAMA = (CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN = LLAMA.replace("{1,3}", "")
QWEN_MARKS = (CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
UPPER, LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
REST = r"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
START = r"[^\r\n\p{L}\p{N}]?"
O200K = (f"{START}{UPPER}*{LOWER}+{CONTRACTIONS}?|{START}{UPPER}+{LOWER}*{CONTRACTIONS}?" + r"|\p{N}{1,3}" + REST)
TEKKEN = f"{START}{UPPER}*{LOWER}+|{START}{UPPER}+{LOWER}*" + r"|\p{N}" + REST

TEXT = """
The quick brown fox jumps over the lazy dog. It's what they've said: "don't", we'll see, I'm sure, you're right, he'd go.
def encode(text, tokens=None):
    for index, token in enumerate(tokens or []):
        if token.startswith("the ") and index != 42:
            return {"name": token, "value": [1, 2, 3.14159]}
    return None  # nothing found
HTTPServer camelCase PascalCase snake_case CONSTANT_VALUE 1234567890 http://example.org/path?query=1&other=2#top
Grüße aus Zürich, ça va très bien, naïve façade, smörgåsbord, el niño. Привет мир, как дела. 你好世界,这是测试。
こんにちは世界 テスト 한국어 텍스트 مرحبا بالعالم שלום עולם नमस्ते दुनिया ภาษาไทย 😀😃👍🏽 ½ ² Ⅷ
""" * 4


def split(pattern, behavior="isolated", invert=False):
    return pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), behavior, invert),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def byte_level(prefix=False):
    return pre_tokenizers.ByteLevel(add_prefix_space=prefix, use_regex=True)


FAMILIES = {
    "gpt2": byte_level(),
    "gpt2-prefix": byte_level(prefix=True),
    "llama3": split(LLAMA),
    "phi4": split(LLAMA, "removed", True),
    "qwen2": split(QWEN),
    "qwen35": split(QWEN_MARKS),
    "o200k": split(O200K),
    "tekken": split(TEKKEN),
    "smollm": pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), byte_level()]),
    "digits": pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=False), byte_level(prefix=True)]),
}

POOLS = [
    [chr(c) for c in range(0x20, 0x7F)], [chr(c) for c in range(0x250)], list(" \t\n\r\u00a0\u3000\u2028\x0b\x1c\x85"),
    list("aeiou\u0301\u0308\u0323 Åéñ\u1100\u1161\u11a8\u212b"), [chr(c) for c in range(0x590, 0x700)],
    [chr(c) for c in range(0x900, 0x980)], [chr(c) for c in range(0x4E00, 0x4F00)],
    [chr(c) for c in range(0x1F300, 0x1F700)] + ["\u200d", "\ufe0f"], ["'s", "'S", "'\u017f", "'ll", "'RE", "'", "x", " ", "A"],
    ["<|im_start|>", "<|im_end|>", "<r>", "<l>", "<lr>", "[word]", "é+", "e\u0301+", "<think>", "   ", " ", "x", "\n", "<"],
    list("ǅʰªⅧ²½٣_-:/ aA1"), ["def ", "return ", "self.", "(", ")", ":", "\n    ", "\n", "    ", "x = 1", "# ", "\""],
    [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000][::97],
]

HAND = [
    "", "a", " ", "   ", "\n", "\r\n", "\n\n  x", "Hello, world!", "don't DON'T it'\u017f 'S 'LLama", "<|im_start|>user\nhi<|im_end|>",
    "<|im_end|><|im_start|>", "a <l> b <r>  c", "  <lr>  x", "x[word]y [word] a[word]", "\x00a\x00", "\ufeffa\u202eb", "12345678 ١٢٣ ½²Ⅷ",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "\t\t\tx", "👨‍👩‍👧‍👦🏽", "e\u0301+ é+", "a\u0301\u0323b", "<|im_", "\ufdd0\U0010ffff", "가\u1100\u1161\u11a8",
]


def texts(count):
    source = random.Random(20261122)
    for _ in range(count):
        length = source.choice([1, 2, 3, 5, 8, 13, 30])
        pool = source.choice(POOLS) if source.random() < 0.4 else None
        yield "".join(source.choice(pool or source.choice(POOLS)) for _ in range(length))


def train(name, pre_tokenizer):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    if name.startswith("qwen"):
        tokenizer.normalizer = normalizers.NFC()
    tokenizer.train_from_iterator([TEXT], trainers.BpeTrainer(
        vocab_size=700, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"]))
    tokenizer.add_tokens([
        AddedToken("<think>", normalized=False), AddedToken("[word]", single_word=True, normalized=True),
        AddedToken("<l>", lstrip=True, normalized=False), AddedToken("é+", normalized=True), AddedToken("   ", normalized=True)])
    tokenizer.add_special_tokens([
        AddedToken("<r>", rstrip=True, normalized=False, special=True),
        AddedToken("<lr>", rstrip=True, lstrip=True, normalized=True, special=True)])
    return tokenizer


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    inputs = list(dict.fromkeys(HAND + list(texts(300))))
    (FOLDER / "texts.json").write_text(json.dumps(inputs, separators=(",", ":")) + "\n")
    for name, pre_tokenizer in FAMILIES.items():
        tokenizer = train(name, pre_tokenizer)
        if name in ("llama3", "phi4"):
            tokenizer.post_processor = processors.Sequence([
                processors.ByteLevel(trim_offsets=False),
                processors.TemplateProcessing(
                    single="<|im_start|> $A <|im_end|>", special_tokens=[("<|im_start|>", 1), ("<|im_end|>", 2)])])
        document = json.loads(tokenizer.to_str())
        if name == "llama3":  # as older files write them
            document["model"]["ignore_merges"] = True
            document["model"]["merges"] = [" ".join(merge) for merge in document["model"]["merges"]]
        text = json.dumps(document, separators=(",", ":"))
        (FOLDER / f"{name}.json").write_text(text + "\n")
        tokenizer = Tokenizer.from_str(text)
        expected = {}
        for key, special, plain in (("plain", False, False), ("added", True, False), ("unparsed", False, True)):
            tokenizer.encode_special_tokens = plain
            expected[key] = [encoding.ids for encoding in tokenizer.encode_batch(inputs, add_special_tokens=special)]
        source = random.Random(7)
        size = tokenizer.get_vocab_size()
        tokens = [[source.randrange(size + 3) for _ in range(source.choice([1, 2, 5, 12]))] for _ in range(60)]
        expected["tokens"] = tokens
        expected["decoded"] = [tokenizer.decode(ids, skip_special_tokens=False) for ids in tokens]
        expected["skipped"] = [tokenizer.decode(ids, skip_special_tokens=True) for ids in tokens]
        # Most texts give the same with and without special tokens: only the differences are kept.
        for key in ("added", "unparsed"):
            rows = enumerate(zip(expected["plain"], expected[key]))
            expected[key] = {str(index): row for index, (plain, row) in rows if plain != row}
            if name not in ("llama3", "phi4") and key == "added":
                assert not expected[key]
        if name == "phi4":
            expected["added"] = dict(list(expected["added"].items())[:20])
        if name == "llama3":
            expected["added"] = dict(list(expected["added"].items())[:20])
        (FOLDER / f"{name}.expected.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")
    print(f"{len(inputs)} texts, {sum(file.stat().st_size for file in FOLDER.iterdir()) // 1024} KB")


if __name__ == "__main__":
    main()
