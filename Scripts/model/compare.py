"""Checks that an exported twin generates the same greedy tokens as the checkpoint in PyTorch.

    python compare.py --checkpoint build/model/checkpoint --twin build/model/twin \\
        --heldout build/model/corpus/heldout.jsonl

Also checks that `transformers` and Jinja agree with our tokenizer and chat format. Ends with
status 1 when anything differs.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from random import Random

import corpus
import onnxruntime_genai as genai
import text
import torch
from llama import Llama
from tokenizers import Tokenizer
from transformers import AutoTokenizer


@torch.no_grad()
def greedy(network: Llama, ids: list[int], length: int) -> list[int]:
    """`length` greedy tokens after `ids`, end tokens included."""
    tokens = list(ids)
    for _ in range(length):
        tokens.append(int(network(torch.tensor([tokens]))[0, -1].argmax()))
    return tokens[len(ids) :]


def generate(model: genai.Model, ids: list[int], length: int) -> list[int]:
    """The same through onnxruntime-genai's `Generator`."""
    parameters = genai.GeneratorParams(model)
    parameters.set_search_options(do_sample=False, max_length=len(ids) + length)
    generator = genai.Generator(model, parameters)
    generator.append_tokens(ids)
    tokens = []
    while len(tokens) < length:
        generator.generate_next_token()
        tokens.append(int(generator.get_next_tokens()[0]))
        if generator.is_done():
            break
    return tokens


def compare(checkpoint: Path, twin: Path, heldout: Path, count: int = 40, length: int = 24) -> bool:
    """Whether tokenizers, chat format and greedy tokens agree on `count` held-out documents."""
    network = Llama.load(checkpoint)
    tokenizer = Tokenizer.from_file(str(checkpoint / "tokenizer.json"))
    reference = AutoTokenizer.from_pretrained(checkpoint)
    model = genai.Model(str(twin))
    genai_tokenizer = genai.Tokenizer(model)
    stops = {tokenizer.token_to_id(text.END), tokenizer.token_to_id(text.END_OF_TEXT)}
    failures = 0
    documents = [d for d in corpus.read(heldout) if "messages" in d]
    for document in Random(1).sample(documents, count):
        asked = document["messages"][:1]
        prompt = corpus.render(asked) + f"{text.START}assistant\n"
        ids = tokenizer.encode(prompt).ids
        rendered = reference.apply_chat_template(asked, tokenize=False, add_generation_prompt=True)
        same_text = rendered == prompt and reference(prompt)["input_ids"] == ids
        same_text = same_text and list(genai_tokenizer.encode(prompt)) == ids
        expected, got = greedy(network, ids, length), generate(model, ids, length)
        end = next((i + 1 for i, token in enumerate(expected) if token in stops), length)
        if not same_text or expected[:end] != got[:end]:
            failures += 1
            print(
                f"differs: {prompt!r}\n  PyTorch     {tokenizer.decode(expected[:end])!r}\n"
                f"  onnxruntime {tokenizer.decode(got[:end])!r}"
            )
    print(f"{count - failures} of {count} prompts: same token ids, chat format and greedy tokens")
    return failures == 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--twin", type=Path, required=True)
    parser.add_argument("--heldout", type=Path, required=True)
    arguments = parser.parse_args()
    sys.exit(0 if compare(arguments.checkpoint, arguments.twin, arguments.heldout) else 1)
