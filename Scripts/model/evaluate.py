"""Prints how often the model's greedy answer to a held-out question is exactly right.

    python evaluate.py --model build/model/checkpoint --heldout build/model/corpus/heldout.jsonl

The greedy answer equals the expected one exactly when every token of the expected answer, and
the `<|im_end|>` after it, is the most likely one after the tokens before it: one run a
question is enough. The weights are the float16 ones that are exported. With `--ask` the model
answers a prompt instead.
"""

from __future__ import annotations

import argparse
import math
from collections import defaultdict
from pathlib import Path

import corpus
import text
import torch
from llama import Llama
from tokenizers import Tokenizer
from torch.nn import functional as F


@torch.no_grad()
def report(model: Path, heldout: Path, device: str = "cpu") -> None:
    """Print accuracy per task, overall, and the perplexity of plain stories."""
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    network = Llama.load(model, device)
    documents = corpus.read(heldout)
    right, asked = defaultdict(int), defaultdict(int)
    loss, count = 0.0, 0
    for document, (ids, learnt) in zip(documents, text.encode(tokenizer, documents)):
        tokens = torch.tensor([ids[: network.shape.max_position_embeddings]], device=device)
        wanted = torch.tensor(learnt[1 : tokens.shape[1]], device=device)
        logits, expected = network(tokens[:, :-1])[0][wanted], tokens[0, 1:][wanted]
        if document["task"] == "plain":
            loss += F.cross_entropy(logits, expected, reduction="sum").item()
            count += len(expected)
        else:
            asked[document["task"]] += 1
            right[document["task"]] += int((logits.argmax(-1) == expected).all())
    for task in asked:
        print(f"{task:16} {right[task]:4} of {asked[task]:4}  {right[task] / asked[task]:7.1%}")
    total, correct = sum(asked.values()), sum(right.values())
    print(f"{'all questions':16} {correct:4} of {total:4}  {correct / total:7.1%}")
    if count:
        print(
            f"perplexity of plain stories {math.exp(loss / count):.2f} per token ({count} tokens)",
            flush=True,
        )


@torch.no_grad()
def answer(model: Path, messages: list[dict[str, str]], limit: int = 300) -> str:
    """The greedy answer to a conversation. Without a cache: for a look, not for speed."""
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    network = Llama.load(model)
    ids = tokenizer.encode(corpus.render(messages) + f"{text.START}assistant\n").ids
    said: list[int] = []
    stops = {tokenizer.token_to_id(text.END), tokenizer.token_to_id(text.END_OF_TEXT)}
    while len(said) < limit:
        token = int(network(torch.tensor([ids + said]))[0, -1].argmax())
        if token in stops:
            break
        said.append(token)
    return tokenizer.decode(said)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--heldout", type=Path)
    parser.add_argument("--ask", nargs="+", metavar="PROMPT", help="turns of the user, in order")
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    if arguments.ask:
        conversation: list[dict[str, str]] = []
        for prompt in arguments.ask:
            conversation.append({"role": "user", "content": prompt})
            conversation.append(
                {"role": "assistant", "content": answer(arguments.model, conversation)}
            )
            print(f"> {prompt}\n{conversation[-1]['content']}")
    elif arguments.heldout:
        report(arguments.model, arguments.heldout, arguments.device)
