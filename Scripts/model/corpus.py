"""Writes the training text: conversations and plain stories, made by rule from a seed.

    python corpus.py --documents 100000 --seed 1 --out build/model/corpus

gives `train.jsonl` and `heldout.jsonl`, one document a line: `{"task", "messages"}` for a
conversation, `{"task", "text"}` for plain text. No held-out instance occurs in the training
file (see `tasks.held_out`); the same seed gives the same files.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from random import Random

import chat
import stories
import tasks

RAW_SHARE = 0.03


def render(messages: list[dict[str, str]]) -> str:
    """A conversation as the chat template writes it."""
    return "".join(f"<|im_start|>{m['role']}\n{m['content'].strip()}<|im_end|>\n" for m in messages)


def document(r: Random) -> dict:
    """One training document."""
    if r.random() < RAW_SHARE:
        return {"task": "plain", "text": stories.text(stories.tell(r))}
    task, messages = chat.conversation(r)
    return {"task": task, "messages": messages}


def held_out_documents(r: Random, each: int) -> list[dict]:
    """`each` unseen instances of every task, and as many plain stories."""
    documents = []
    for name in tasks.TASKS:
        seen: set[str] = set()
        for _ in range(each * 20):
            key, prompt, answer = tasks.draw_from(r, name, unseen=True)
            if key not in seen and len(seen) < each:
                seen.add(key)
                documents.append({"task": name, "messages": chat.turn(prompt, answer)})
    documents += [{"task": "plain", "text": stories.text(stories.tell(r))} for _ in range(each)]
    return documents


def write(folder: Path, documents: int, seed: int, each: int = 100) -> None:
    """Write both files."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "train.jsonl", "w") as file:
        r = Random(f"train {seed}")
        for _ in range(documents):
            file.write(json.dumps(document(r), ensure_ascii=False) + "\n")
    with open(folder / "heldout.jsonl", "w") as file:
        for line in held_out_documents(Random(f"heldout {seed}"), each):
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def read(path: Path) -> list[dict]:
    """The documents of a file."""
    with open(path) as file:
        return [json.loads(line) for line in file]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    write(arguments.out, arguments.documents, arguments.seed)
