"""`paged tokenize` beside the `tokenizers` package: every family, more than 10,000 texts each.

TOKENIZER_SEED draws others; TOKENIZER_TEXTS says how many texts.
"""

import json
import os
import random
import subprocess

import pytest
from server_process import BINARY
from tokenizer_families import FAMILIES, HAND, MARK, SENTENCE_PIECE, corpus, cuttings, decoded, random_texts, shown, train
from tokenizers import Tokenizer

SEED = int(os.environ.get("TOKENIZER_SEED", 1))
COUNT = int(os.environ.get("TOKENIZER_TEXTS", 11_000))


@pytest.fixture(scope="module")
def texts():
    print(f"TOKENIZER_SEED={SEED}")
    source = random.Random(SEED)
    half = (COUNT - len(HAND)) // 2
    return HAND + list(random_texts(source, half)) + list(cuttings(source, corpus(1 << 20), half))


@pytest.fixture(scope="module", params=FAMILIES)
def family(request, tmp_path_factory):
    """The file of a family's tokenizer, and the package's reading of it."""
    # Small enough to be trained in a moment, large enough that merges compete.
    text = train(request.param, corpus(1 << 18), 4000)
    path = tmp_path_factory.mktemp(request.param) / "tokenizer.json"
    path.write_text(text)
    return path, Tokenizer.from_str(text)


def answers(path, questions):
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    process = subprocess.run(
        [BINARY, "tokenize", "--json-lines", "--tokenizer", str(path)],
        input=lines, capture_output=True, text=True, timeout=120)
    assert process.returncode == 0, process.stderr
    found = [json.loads(line) for line in process.stdout.split("\n") if line]
    assert len(found) == len(questions)
    return found


def differences(questions, found, expected):
    """The first few that are not what they should be; all of them would be no help."""
    rows = [(f"TOKENIZER_SEED={SEED}", *row) for row in zip(questions, found, expected) if row[1] != row[2]]
    return rows[:3]


# Special tokens and what is put around a text matter in fewer of the texts.
@pytest.mark.parametrize("adds, parses, share", [(False, True, 1), (False, False, 2), (True, True, 8)])
def test_texts_become_the_tokens_that_the_package_gives(family, texts, adds, parses, share):
    path, tokenizer = family
    texts = texts[::share]
    tokenizer.encode_special_tokens = not parses
    expected = [encoding.ids for encoding in tokenizer.encode_batch(texts, add_special_tokens=adds)]
    questions = [{"text": text, "add_special_tokens": adds, "parse_special_tokens": parses} for text in texts]
    found = [answer["tokens"] for answer in answers(path, questions)]
    if not parses and tokenizer.model.ignore_merges:
        # With a vocabulary that holds special tokens, the package takes a whole piece such as <s> for one. Here typed text
        # never becomes one.
        special = {token for token, added in tokenizer.get_added_tokens_decoder().items() if added.special}
        assert not [row for row in found if special & set(row)]
        expected = [row if special & set(wanted) else wanted for row, wanted in zip(found, expected)]
    assert not differences(texts, found, expected)


def test_tokens_become_the_text_that_the_package_gives(family, texts):
    path, tokenizer = family
    tokenizer.encode_special_tokens = False
    rows = [encoding.ids for encoding in tokenizer.encode_batch(texts, add_special_tokens=True)]
    rows += random_tokens(random.Random(SEED), tokenizer, 2000)
    questions = [{"tokens": row, "skip_special_tokens": index % 2 == 0} for index, row in enumerate(rows)]
    expected = [text_of(tokenizer, question["tokens"], question["skip_special_tokens"]) for question in questions]
    found = answers(path, questions)
    assert not differences(questions, [answer["text"] for answer in found], expected)
    assert not differences(questions, ["".join(answer["pieces"]) for answer in found], expected)


def random_tokens(source, tokenizer, count):
    size = tokenizer.get_vocab_size()
    for _ in range(count):
        # Every other row has few tokens but those of single bytes.
        bound = 260 if source.random() < 0.5 else size + 3
        yield [source.randrange(bound) for _ in range(source.choice([1, 2, 5, 12]))]


def text_of(tokenizer, tokens, skips):
    """What the package decodes, but for byte tokens in a row that are no text: there only what is wrong is replaced."""
    expected = decoded(tokenizer, tokens, skips)
    if "\ufffd" not in expected or "ByteFallback" not in str(tokenizer.decoder):
        return expected
    parts = [tokenizer.id_to_token(token) for token in shown(tokenizer, tokens, skips)]
    raw = b"".join(
        bytes([int(part[3:5], 16)]) if len(part.encode()) == 6 and part.startswith("<0x") else part.replace(MARK, " ").encode()
        for part in parts if part is not None)
    text = raw.decode(errors="replace")
    return text.removeprefix(" ") if "Strip" in str(tokenizer.decoder) else text


@pytest.mark.parametrize("name", SENTENCE_PIECE)
def test_long_texts_become_the_same_tokens(name, tmp_path):
    path = tmp_path / "tokenizer.json"
    path.write_text(train(name, corpus(1 << 18), 4000))
    texts = [text[:200_000] for text in corpus(1 << 20)] + ["ab" * 10_000, " " * 5000, "\n" * 5000, "é " * 5000]
    expected = [encoding.ids for encoding in Tokenizer.from_file(str(path)).encode_batch(texts, add_special_tokens=False)]
    found = [answer["tokens"] for answer in answers(path, [{"text": text} for text in texts])]
    assert [row == wanted for row, wanted in zip(found, expected)] == [True] * len(texts)


def test_a_text_on_the_command_line_is_shown_token_by_token():
    process = subprocess.run([BINARY, "tokenize", "the cat"], capture_output=True, text=True, timeout=60)
    assert process.returncode == 0, process.stderr
    rows = [line.split("\t") for line in process.stdout.splitlines()]
    assert all(number.isdigit() for number, _ in rows)
    assert "".join(text for _, text in rows) == "theĠcat"


def test_what_cannot_be_answered_is_said(tmp_path):
    path = tmp_path / "tokenizer.json"
    path.write_text(train("gpt2").replace('"BPE"', '"Unigram"'))
    process = subprocess.run([BINARY, "tokenize", "--tokenizer", str(path), "a"], capture_output=True, text=True, timeout=60)
    assert process.returncode == 1
    assert process.stderr == f"Error: {path}: tokenizer.json needs model Unigram, which is not covered yet\n"
    process = subprocess.run(
        [BINARY, "tokenize", "--json-lines"], input='{"text": 1}\n{"text": "a"}\n', capture_output=True, text=True, timeout=60)
    first, second = map(json.loads, process.stdout.splitlines())
    assert first == {"error": "line 1: text must be a string, got a number"}
    assert len(second["tokens"]) == 1
