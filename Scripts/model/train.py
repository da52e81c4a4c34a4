"""Trains the decoder on the corpus, for a given time.

    python train.py --data build/model --minutes 60

`--data` is a folder with `corpus/` and `tokenizer/`. The learning rate follows the clock, so
that it ends low when the time is over. Every few minutes the network is written to
`<data>/checkpoint` as a Hugging Face folder (which `export.py` turns into the model folder)
together with `state.pt`, from which `--resume` goes on.
"""

from __future__ import annotations

import argparse
import math
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import NamedTuple

import corpus
import evaluate
import text
import torch
from llama import Llama, LlamaShape
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as F

Document = tuple[list[int], list[bool]]


class Batch(NamedTuple):
    """Rows of token ids, and which of them are learnt."""

    tokens: Tensor
    learnt: Tensor

    @staticmethod
    def of(rows: list[Document], pad: int) -> Batch:
        """The documents as rows, filled up at their ends."""
        length = max(len(ids) for ids, _ in rows)
        tokens = [ids + [pad] * (length - len(ids)) for ids, _ in rows]
        learnt = [wanted + [False] * (length - len(wanted)) for _, wanted in rows]
        return Batch(torch.tensor(tokens), torch.tensor(learnt))


def single(documents: list[Document], tokens: int, pad: int, r: Random) -> Iterator[Batch]:
    """Endless batches with one document a row, documents of like length together.

    Nothing before or beside a document disturbs it, and little is filled up.
    """
    while True:
        r.shuffle(documents)
        groups: list[list[Document]] = [[]]
        for document in sorted(documents, key=lambda d: len(d[0])):
            if (len(groups[-1]) + 1) * len(document[0]) > tokens and groups[-1]:
                groups.append([])
            groups[-1].append(document)
        r.shuffle(groups)
        for group in groups:
            yield Batch.of(group, pad)


def joined(
    documents: list[Document], length: int, tokens: int, pad: int, r: Random
) -> Iterator[Batch]:
    """Endless batches of rows of `length` that hold one document after the other."""
    while True:
        r.shuffle(documents)
        rows: list[Document] = []
        ids, learnt = [], []
        for document in documents:
            ids, learnt = ids + document[0], learnt + document[1]
            if len(ids) >= length:
                rows.append((ids[:length], learnt[:length]))
                ids, learnt = [], []
            if len(rows) * length >= tokens:
                yield Batch.of(rows, pad)
                rows = []


class Muon(torch.optim.Optimizer):
    """Momentum whose update is made orthogonal (Muon, K. Jordan 2024), for weight matrices.

    Five Newton-Schulz steps drive the singular values of the update towards one; it is then
    scaled to the root mean square that AdamW's updates have, so that both share a learning rate.
    """

    def __init__(
        self, parameters: list[Tensor], lr: float, momentum: float = 0.95, weight_decay: float = 0.1
    ) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for p in group["params"]:
                mean = self.state[p].setdefault("mean", torch.zeros_like(p))
                mean.lerp_(p.grad, 1 - group["momentum"])
                update = self.orthogonal(p.grad.lerp(mean, group["momentum"]))
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.add_(update, alpha=-0.2 * group["lr"] * max(p.shape) ** 0.5)

    @staticmethod
    def orthogonal(x: Tensor) -> Tensor:
        """The nearest matrix with orthonormal rows or columns, roughly."""
        wide = x if x.shape[0] <= x.shape[1] else x.T
        wide = wide / (wide.norm() + 1e-7)
        for _ in range(5):
            square = wide @ wide.T
            wide = 3.4445 * wide + (2.0315 * square @ square - 4.7750 * square) @ wide
        return wide if x.shape[0] <= x.shape[1] else wide.T


def learning_rate(progress: float, step: int, peak: float) -> float:
    """Linear warm-up over 40 steps, then a cosine down to 2 % of the peak at progress 1."""
    cosine = 0.02 + 0.49 * (1 + math.cos(math.pi * min(1.0, progress)))
    return peak * cosine * min(1.0, (step + 1) / 40)


def loss_of(network: Llama, batch: Batch) -> Tensor:
    """Mean cross-entropy of the learnt tokens; logits are computed at their places only."""
    wanted = batch.learnt[:, 1:]
    hidden = network.model(batch.tokens[:, :-1])[wanted]
    return F.cross_entropy(network.lm_head(hidden).float(), batch.tokens[:, 1:][wanted])


def save(network: Llama, folder: Path, tokenizer_folder: Path, tokenizer: Tokenizer) -> None:
    """Write the Hugging Face folder, whole or not at all."""
    temporary = folder.with_name(folder.name + ".new")
    shutil.rmtree(temporary, ignore_errors=True)
    shutil.copytree(tokenizer_folder, temporary)
    stop, end = (tokenizer.token_to_id(t) for t in (text.END_OF_TEXT, text.END))
    network.save(
        temporary, {"bos_token_id": stop, "eos_token_id": [end, stop], "pad_token_id": stop}
    )
    shutil.rmtree(folder, ignore_errors=True)
    temporary.rename(folder)


@dataclass
class Run:
    """The network in training and how far it is."""

    network: Llama
    optimizers: list[torch.optim.Optimizer]
    step: int = 0
    seen: int = 0
    seconds: float = 0.0

    @staticmethod
    def start(shape: LlamaShape, device: str, rate: float) -> Run:
        """A new network. Muon for the layers' matrices, AdamW for the rest."""
        torch.manual_seed(1)
        network = Llama(shape).to(device)
        named = list(network.named_parameters())
        matrices = [p for n, p in named if p.ndim == 2 and "layers" in n]
        rest = [p for n, p in named if p.ndim != 2 or "layers" not in n]
        adam = torch.optim.AdamW(rest, rate, (0.9, 0.98), weight_decay=0.01, fused=True)
        return Run(network, [Muon(matrices, rate), adam])

    def write(self, path: Path) -> None:
        """Write all that `read` needs to go on."""
        kept = {k: v for k, v in vars(self).items() if k not in ("network", "optimizers")}
        kept["network"] = self.network.state_dict()
        kept["optimizers"] = [optimizer.state_dict() for optimizer in self.optimizers]
        torch.save(kept, path)

    def read(self, path: Path, device: str) -> None:
        """Go on from a written state."""
        kept = torch.load(path, map_location=device)
        self.network.load_state_dict(kept["network"])
        for optimizer, state in zip(self.optimizers, kept["optimizers"], strict=True):
            optimizer.load_state_dict(state)
        self.step, self.seen, self.seconds = kept["step"], kept["seen"], kept["seconds"]

    def learn(self, batch: Batch, rate: float, cuda: bool) -> Tensor:
        """One step; the loss is returned."""
        for group in (group for o in self.optimizers for group in o.param_groups):
            group["lr"] = rate
        with torch.autocast("cuda", torch.bfloat16, enabled=cuda):
            loss = loss_of(self.network, batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.optimizers[1].param_groups[0]["params"], 1.0)
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad()
        self.step, self.seen = self.step + 1, self.seen + batch.tokens.numel()
        return loss.detach()


def stages_of(
    documents: list[Document], context: int, tokens: int, pad: int, r: Random
) -> list[tuple[float, Iterator[Batch]]]:
    """The batches of each stage, and the part of the time at which it ends.

    Short documents first: in them copying and looking up, on which all else rests, are learnt
    soonest. Rows as long as the context come last: in them the network must find its way over
    long distances and ignore what has nothing to do with the question.
    """
    short = [d for d in documents if len(d[0]) <= 72]
    whole = [d for d in documents if len(d[0]) <= context]
    return [
        (0.45, single(short, tokens, pad, r)),
        (0.85, single(whole, tokens, pad, r)),
        (1.00, joined(list(documents), context, tokens, pad, r)),
    ]


def train(arguments: argparse.Namespace) -> None:
    """Train until the time is over, then evaluate."""
    data, device = arguments.data, arguments.device
    cuda = device.startswith("cuda")
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    tokenizer = Tokenizer.from_file(str(data / "tokenizer/tokenizer.json"))
    documents = text.encode(tokenizer, corpus.read(data / "corpus/train.jsonl"))
    shape = LlamaShape(tokenizer.get_vocab_size())
    run = Run.start(shape, device, arguments.rate)
    if arguments.resume:
        run.read(data / "state.pt", device)
    size = sum(p.numel() for p in run.network.parameters())
    total = sum(len(ids) for ids, _ in documents)
    print(f"{len(documents)} documents, {total} tokens, {size} parameters, {device}", flush=True)

    pad = tokenizer.token_to_id(text.END_OF_TEXT)
    context = shape.max_position_embeddings
    stages = stages_of(documents, context, arguments.batch, pad, Random(run.step))
    budget, started = arguments.minutes * 60, time.monotonic() - run.seconds
    mean, printed, written = None, time.monotonic(), time.monotonic()
    while (now := time.monotonic()) - started < budget:
        progress = (now - started) / budget
        stage = next(batches for until, batches in stages if progress < until)
        batch = Batch(*(t.to(device) for t in next(stage)))
        loss = run.learn(batch, learning_rate(progress, run.step, arguments.rate), cuda)
        run.seconds = now - started
        if cuda and run.step % 50:
            continue  # Reading the loss would make the GPU wait.
        mean = loss.item() if mean is None else 0.95 * mean + 0.05 * loss.item()
        if now - printed > 30:
            printed = now
            print(
                f"{run.seconds / 60:6.1f} min  step {run.step}  tokens {run.seen}  loss {mean:.4f}",
                flush=True,
            )
        if now - written > arguments.save_minutes * 60:
            written = now
            save(run.network, data / "checkpoint", data / "tokenizer", tokenizer)
            run.write(data / "state.pt")
    save(run.network, data / "checkpoint", data / "tokenizer", tokenizer)
    run.write(data / "state.pt")
    print(f"{run.seen} tokens in {run.step} steps, {run.seconds / 60:.1f} minutes", flush=True)
    evaluate.report(data / "checkpoint", data / "corpus/heldout.jsonl", device)


if __name__ == "__main__":
    gpu = torch.cuda.is_available()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=15 if gpu else 95)
    parser.add_argument("--device", default="cuda" if gpu else "cpu")
    parser.add_argument("--batch", type=int, default=32768 if gpu else 3072, help="tokens a step")
    parser.add_argument("--rate", type=float, default=3e-3, help="peak learning rate")
    parser.add_argument("--save-minutes", type=float, default=3)
    parser.add_argument("--threads", type=int, default=0, help="processor threads, 0 for all")
    parser.add_argument("--resume", action="store_true")
    train(parser.parse_args())
