"""The tokenizer: byte-level BPE trained on the corpus, and documents as token ids.

python text.py --corpus build/model/corpus --out build/model/tokenizer
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import corpus
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

END_OF_TEXT, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
SPECIAL = [END_OF_TEXT, START, END]
# Words with the space before them, single digits, runs of punctuation, white space: the split
# that Qwen2's tokenizer uses, so that every tokenizer library knows it.
SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
TEMPLATE = """\
{%- for message in messages -%}
{%- if message['role'] not in ['system', 'user', 'assistant'] -%}
{{- raise_exception('The role must be system, user or assistant, not ' + message['role']) -}}
{%- endif -%}
{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] | trim + '<|im_end|>' + '\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|im_start|>assistant\\n' -}}
{%- endif -%}
"""


def train(documents: list[dict], vocabulary: int) -> Tokenizer:
    """A byte-level BPE tokenizer of `vocabulary` tokens, the special ones first."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[AddedToken(t, special=True, normalized=False) for t in SPECIAL],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )

    def pieces():
        for document in documents:
            if "text" in document:
                yield document["text"]
            for message in document.get("messages", []):
                yield message["role"]
                yield message["content"]

    tokenizer.train_from_iterator(pieces(), trainer)
    return tokenizer


def save(tokenizer: Tokenizer, folder: Path, context: int) -> None:
    """Write `tokenizer.json`, `tokenizer_config.json` and `chat_template.jinja`."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": context,
        "clean_up_tokenization_spaces": False,
        "eos_token": END,
        "pad_token": END_OF_TEXT,
        "bos_token": None,
        "unk_token": None,
        "add_bos_token": False,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")
    (folder / "chat_template.jinja").write_text(TEMPLATE)


def encode(tokenizer: Tokenizer, documents: list[dict]) -> list[tuple[list[int], list[bool]]]:
    """Token ids of each document, and which of them are to be learnt.

    Learnt are all tokens of plain text, and of a conversation what the assistant says,
    with the `<|im_end|>` after it: the prompts need not be guessed.
    """
    texts = [d["text"] if "text" in d else corpus.render(d["messages"]) for d in documents]
    start, end, stop = (tokenizer.token_to_id(t) for t in (START, END, END_OF_TEXT))
    header = tokenizer.encode("assistant\n").ids
    result = []
    for document, encoding in zip(documents, tokenizer.encode_batch_fast(texts)):
        ids = encoding.ids + [stop]
        if "text" in document:
            result.append((ids, [True] * len(ids)))
            continue
        learnt, speaking = [], -1
        for i, token in enumerate(ids):
            if token == start and ids[i + 1 : i + 1 + len(header)] == header:
                speaking = i + len(header)
            learnt.append(speaking >= 0 and i > speaking)
            if token == end:
                speaking = -1
        result.append((ids, learnt))
    return result


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--vocabulary", type=int, default=2048)
    parser.add_argument("--context", type=int, default=1024)
    arguments = parser.parse_args()
    trained = train(corpus.read(arguments.corpus / "train.jsonl")[:40_000], arguments.vocabulary)
    save(trained, arguments.out, arguments.context)
