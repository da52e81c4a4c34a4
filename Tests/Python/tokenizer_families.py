"""Tokenizers in the manner of the model families, trained here, and texts to try them on.

The pre-tokenizers, normalisers, decoders, added tokens and post-processors are those of the families; the vocabularies are
not, because they cannot be had without the models.
"""

import json
import pathlib
import pydoc_data.topics
import random
import sysconfig
import unicodedata

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
LLAMA = (CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
CL100K = (r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+")
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


def several(*stages):
    return pre_tokenizers.Sequence([*stages, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


BYTE_LEVEL = {
    "gpt2": byte_level(),
    "gpt2-prefix": byte_level(prefix=True),
    "llama3": split(LLAMA),
    "cl100k": split(CL100K),
    "phi4": split(LLAMA, "removed", True),
    "qwen2": split(QWEN),
    "qwen35": split(QWEN_MARKS),
    "o200k": split(O200K),
    "tekken": split(TEKKEN),
    "smollm": pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), byte_level()]),  # and Granite
    "digits": pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=False), byte_level(prefix=True)]),
    "splits": several(  # the behaviours that no family combines in this way
        pre_tokenizers.Split(Regex(r"\p{N}{1,3}"), "isolated"), pre_tokenizers.Split("-", "merged_with_next"),
        pre_tokenizers.Split(Regex(r"[\r\n]"), "merged_with_previous"), pre_tokenizers.Split(" ", "contiguous"),
        pre_tokenizers.Split(Regex(r"[a-z]+|_"), "contiguous", True)),
}

MARK = "\u2581"
TO_SPACE = {"type": "Replace", "pattern": {"String": MARK}, "content": " "}
FALLBACK, FUSE = {"type": "ByteFallback"}, {"type": "Fuse"}
STRIP = {"type": "Strip", "content": " ", "start": 1, "stop": 0}
TO_MARK = {"type": "Replace", "pattern": {"String": " "}, "content": MARK}
PREPEND = {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": MARK}, TO_MARK]}


def sequence(*parts):
    return {"type": "Sequence", "decoders": list(parts)}


def metaspace(scheme, split):
    return {"type": "Metaspace", "replacement": MARK, "prepend_scheme": scheme, "split": split}


# normalizer, pre_tokenizer, decoder, and what is unlike the others in the model
SENTENCE_PIECE = {
    "llama2": (PREPEND, None, sequence(TO_SPACE, FALLBACK, FUSE, STRIP), {}),
    "phi3": (PREPEND, None, sequence(TO_SPACE, FALLBACK, FUSE, STRIP), {}),
    "mistral": (None, metaspace("first", False), sequence(TO_SPACE, FALLBACK, FUSE, STRIP), {}),
    "gemma": (TO_MARK, {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False},
              sequence(TO_SPACE, FALLBACK, FUSE), {}),
    "metaspace": (None, metaspace("always", True), metaspace("always", True), {"ignore_merges": True}),
    "sentences": (TO_MARK, None, sequence(metaspace("never", True), FALLBACK, FUSE), {}),  # merges across words
    "unknown": ({"type": "Sequence", "normalizers": [
        {"type": "NFC"}, {"type": "Replace", "pattern": {"Regex": r"\s{2,}"}, "content": " "}, TO_MARK]},
        None, sequence(TO_SPACE, FUSE), {"byte_fallback": False}),
    "unfused": (TO_MARK, None, sequence(TO_SPACE, FALLBACK, FUSE), {"fuse_unk": False, "lacks": "<0xF0>"}),
}

FAMILIES = [*BYTE_LEVEL, *SENTENCE_PIECE]
TEMPLATED = {  # what the post-processor adds
    "llama3": "<|im_start|> $A <|im_end|>", "phi4": "<|im_start|> $A <|im_end|>", "llama2": "<s> $A", "mistral": "<s> $A",
    "gemma": "<s> $A", "phi3": "<s> $A"}


def corpus(size):
    """English, and source code with a little of everything."""
    english = "".join(pydoc_data.topics.topics.values())[:size]
    library = pathlib.Path(sysconfig.get_paths()["stdlib"])
    code = "".join(path.read_text(errors="ignore") for path in sorted(library.glob("[a-d]*.py")))[:size]
    return english, code


def train(family, texts=(TEXT,), size=700):
    """A tokenizer of the family, as the text of its file."""
    document = byte_level_document(family, texts, size) if family in BYTE_LEVEL else sentence_piece(family, texts, size)
    if family in TEMPLATED:
        numbers = {token["content"]: token["id"] for token in document["added_tokens"]}
        names = [part for part in TEMPLATED[family].split() if part != "$A"]
        template = processors.TemplateProcessing(
            single=TEMPLATED[family], special_tokens=[(name, numbers[name]) for name in names])
        tokenizer = Tokenizer.from_str(json.dumps(document))
        tokenizer.post_processor = (
            processors.Sequence([processors.ByteLevel(trim_offsets=False), template])
            if family in BYTE_LEVEL else template)
        document = json.loads(tokenizer.to_str())
    if family == "llama3":  # as older files write them
        document["model"]["ignore_merges"] = True
        document["model"]["merges"] = [" ".join(merge) for merge in document["model"]["merges"]]
    return json.dumps(document, separators=(",", ":"))


def byte_level_document(family, texts, size):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = BYTE_LEVEL[family]
    if family == "splits":  # with merges that its pieces must prevent
        texts = [line for text in texts for line in text.split("\n")] + ["--a --b ----\n\n\n-12 345  6   7 __ab ab\n\n-12"] * 50
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    if family.startswith("qwen"):
        tokenizer.normalizer = normalizers.NFC()
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=size, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"]))
    tokenizer.pre_tokenizer = BYTE_LEVEL[family]
    add_tokens(tokenizer)
    return json.loads(tokenizer.to_str())


def sentence_piece(family, texts, size):
    normalizer, pre_tokenizer, decoder, changes = SENTENCE_PIECE[family]
    changes = {"byte_fallback": True, "fuse_unk": True, **changes}
    fallback = [f"<0x{byte:02X}>" for byte in range(256)] if changes["byte_fallback"] else []
    if "lacks" in changes:
        fallback.remove(changes.pop("lacks"))
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    if family == "sentences":
        tokenizer.normalizer = normalizers.Replace(" ", MARK)
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=MARK)
    # Line by line, as these vocabularies are made; the byte tokens are added as special ones, to get their numbers.
    tokenizer.train_from_iterator((line for text in texts for line in text.split("\n")), trainers.BpeTrainer(
        vocab_size=size, show_progress=False, special_tokens=["<unk>", "<s>", "</s>", *fallback]))
    document = json.loads(tokenizer.to_str())
    document["added_tokens"] = document["added_tokens"][:3]
    document["model"].update(changes)
    document.update(normalizer=normalizer, pre_tokenizer=pre_tokenizer, decoder=decoder)
    tokenizer = Tokenizer.from_str(json.dumps(document))
    add_tokens(tokenizer)
    if family == "phi3":
        tokenizer.add_special_tokens([
            AddedToken(f"<|{name}|>", rstrip=True, normalized=False, special=True)
            for name in ("user", "assistant", "system", "end", "placeholder1")])
    if family == "gemma":
        tokenizer.add_tokens([AddedToken(text, normalized=False) for text in ("\n\n", "\n\n\n", MARK * 2, "<table>")])
    return json.loads(tokenizer.to_str())


def add_tokens(tokenizer):
    tokenizer.add_tokens([
        AddedToken("<think>", normalized=False), AddedToken("[word]", single_word=True, normalized=True),
        AddedToken("<l>", lstrip=True, normalized=False), AddedToken("é+", normalized=True), AddedToken("   ", normalized=True)])
    tokenizer.add_special_tokens([
        AddedToken("<r>", rstrip=True, normalized=False, special=True),
        AddedToken("<lr>", rstrip=True, lstrip=True, normalized=True, special=True)])


def known(characters):
    """Those that this Python and the package agree on: each has tables of another Unicode, and Swift's are newer."""
    return [character for character in map(chr, characters) if agreed(character)]


def agreed(character):
    assigned = pre_tokenizers.Split(Regex(r"\p{Cn}"), "removed").pre_tokenize_str(character)
    between = f"\u0301{character}\u0316"  # Moves if it is known to be a mark.
    composed = normalizers.NFC().normalize_str(between) == unicodedata.normalize("NFC", between)
    return assigned and composed and unicodedata.category(character) != "Cn"


POOLS = [
    ["-", "--", " ", "  ", "_", "ab", "12", "345", "\n", "a"],
    [chr(c) for c in range(0x20, 0x7F)], [chr(c) for c in range(0x250)], list(" \t\n\r\u00a0\u3000\u2028\x0b\x1c\x85"),
    list("aeiou\u0301\u0308\u0323 Åéñ\u1100\u1161\u11a8\u212b"), known(range(0x590, 0x700)),
    known(range(0x900, 0x980)), known(range(0x4E00, 0x4F00)),
    known(range(0x1F300, 0x1F700)) + ["\u200d", "\ufe0f"], ["'s", "'S", "'\u017f", "'ll", "'RE", "'", "x", " ", "A"],
    ["<|im_start|>", "<|im_end|>", "<r>", "<l>", "<lr>", "[word]", "é+", "e\u0301+", "<think>", "   ", " ", "x", "\n", "<"],
    list("ǅʰªⅧ²½٣_-:/ aA1"), ["def ", "return ", "self.", "(", ")", ":", "\n    ", "\n", "    ", "x = 1", "# ", "\""],
    known([c for c in range(0x110000) if not 0xD800 <= c < 0xE000][::97]),
    ["<s>", "</s>", "<unk>", "<0x41>", MARK, MARK * 2, " ", "  ", "the", "<|user|>", "\n\n", "<table>", "<|end|>", "of", "\n"],
]

HAND = [
    "", "a", " ", "   ", "\n", "\r\n", "\n\n  x", "Hello, world!", "don't DON'T it'\u017f 'S 'LLama", "<|im_start|>user\nhi<|im_end|>",
    "<|im_end|><|im_start|>", "a <l> b <r>  c", "  <lr>  x", "x[word]y [word] a[word]", "\x00a\x00", "\ufeffa\u202eb", "12345678 ١٢٣ ½²Ⅷ",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "\t\t\tx", "👨‍👩‍👧‍👦🏽", "e\u0301+ é+", "a\u0301\u0323b", "<|im_", "\ufdd0\U0010ffff", "가\u1100\u1161\u11a8",
    "<s>[INST] Hi [/INST]", "a-12 --345 ab-\n\n- 12_ab__", "<s>  the", "<|user|>\n Hi<|end|>\n<|assistant|>", MARK, f"a{MARK}b", f" {MARK} ", "<0x0A>", "\U0001f600\U0001f9ff",
    "\U00020053\u0323x \U00011099\U000110ba",
]


def random_texts(source, count):
    for _ in range(count):
        length = source.choice([1, 2, 3, 5, 8, 13, 30])
        pool = source.choice(POOLS) if source.random() < 0.4 else None
        yield "".join(source.choice(pool or source.choice(POOLS)) for _ in range(length))


def cuttings(source, texts, count):
    """Stretches of prose and source code, which begin and end anywhere."""
    for _ in range(count):
        text = source.choice(texts)
        start = source.randrange(len(text))
        yield text[start:start + source.choice([5, 20, 60, 150])]


def shown(tokenizer, tokens, skips):
    """The tokens without special ones, if those are to be left out."""
    added = tokenizer.get_added_tokens_decoder()
    return [token for token in tokens if not (skips and token in added and added[token].special)]


def decoded(tokenizer, tokens, skips):
    """The text of tokens. tokenizers 0.23 shows special tokens that its normaliser changes even when they are to be left out."""
    return tokenizer.decode(shown(tokenizer, tokens, skips), skip_special_tokens=False)
