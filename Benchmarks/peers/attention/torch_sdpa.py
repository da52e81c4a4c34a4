"""PyTorch's scaled_dot_product_attention, and the one of AMD's ZenDNN plugin for it.

The cache is dense: [heads, tokens, size] for each sequence, without the blocks of a paged one, and already with
the new tokens. A decode's query heads that share a key/value head are folded into its query rows, several times
faster than `enable_gqa`; decodes of one length are one call, other sequences one call each.
"""

import importlib.metadata
from dataclasses import dataclass
from typing import Callable

import torch

from job import Floats, Job, Tensors
from peer import Attention, Peer

TYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}


# Query, key, value, mask, whether it is causal, and the scale.
Function = Callable[
    [torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor | None, bool, float], torch.Tensor
]


@dataclass
class Call:
    """One call of the function: queries, a mask, and keys and values for each copy.

    A decode's query is [sequences, key/value heads, group, size], a prompt's [key/value heads, group,
    tokens, size].
    """

    query: torch.Tensor
    is_decode: bool
    mask: torch.Tensor | None
    caches: list[tuple[torch.Tensor, torch.Tensor]]
    result: torch.Tensor = torch.empty(0)


class TorchPeer(Peer):
    """torch.nn.functional.scaled_dot_product_attention."""

    name = "PyTorch SDPA"
    version = str(torch.__version__)
    caches = tuple(TYPES)

    def __init__(self, threads: int) -> None:
        torch.set_num_threads(threads)
        torch.set_grad_enabled(False)

    def prepare(self, job: Job, tensors: Tensors) -> Attention:
        return DenseAttention(job, tensors, self.attention)

    @staticmethod
    def attention(
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        mask: torch.Tensor | None,
        is_causal: bool,
        scale: float,
    ) -> torch.Tensor:
        """The function itself."""
        return torch.nn.functional.scaled_dot_product_attention(
            query, key, value, attn_mask=mask, is_causal=is_causal, scale=scale
        )


class ZentorchPeer(TorchPeer):
    """zentorch_sdpa, which its optimiser puts in the place of PyTorch's."""

    name = "ZenDNN SDPA"
    caches = ("float32", "bfloat16")

    def __init__(self, threads: int) -> None:
        import zentorch  # noqa: F401, it registers the operator

        self.version = importlib.metadata.version("zentorch")
        super().__init__(threads)

    @staticmethod
    def attention(
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        mask: torch.Tensor | None,
        is_causal: bool,
        scale: float,
    ) -> torch.Tensor:
        return torch.ops.zentorch.zentorch_sdpa(
            query, key, value, 0.0, is_causal, attn_mask=mask, scale=scale
        )[0]


class DenseAttention(Attention):
    """One call for all sequences, or for each."""

    def __init__(self, job: Job, tensors: Tensors, attention: Function) -> None:
        self.job = job
        self.attention = attention
        self.calls: list[Call] = []
        kind = TYPES[job.cache]
        data = [[torch.from_numpy(x).to(kind) for x in s] for s in tensors.sequences()]
        if set(job.new) == {1} and len(set(job.past)) == 1:
            query, key, value = (torch.stack(parts) for parts in zip(*data))
            self.calls.append(self._decode(query, key, value))
            return
        for past, (query, key, value) in zip(job.past, data):
            if len(query) == 1:
                self.calls.append(self._decode(query[None], key[None], value[None]))
            else:
                self.calls.append(self._prompt(past, query, key, value))

    def call(self, copy: int) -> None:
        scale = self.job.scale
        for call in self.calls:
            key, value = call.caches[copy]
            is_causal = not call.is_decode and call.mask is None
            call.result = self.attention(call.query, key, value, call.mask, is_causal, scale)

    def output(self) -> Floats:
        job, parts = self.job, []
        for call in self.calls:
            if call.is_decode:
                parts.append(call.result.reshape(-1, job.heads, job.head_size))
            else:
                parts.append(call.result.reshape(job.heads, -1, job.head_size).transpose(0, 1))
        return torch.cat(parts).float().numpy()

    def _decode(self, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> Call:
        """Query [sequences, 1, heads, size], keys and values [sequences, tokens, heads, size]."""
        job = self.job
        folded = query.reshape(len(query), job.key_value_heads, job.group, job.head_size)
        key, value = (x.transpose(1, 2).contiguous() for x in (key, value))
        caches = [(key.clone(), value.clone()) for _ in range(job.copies)]
        return Call(folded, True, None, caches)

    def _prompt(
        self, past: int, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor
    ) -> Call:
        """Each of the three is [tokens, heads, size]. Key/value heads become the batch, which
        repeats them for the heads of a group without copying."""
        job = self.job
        shape = (job.key_value_heads, job.group, len(key), job.head_size)
        grouped = query.transpose(0, 1).reshape(*shape[:2], len(query), job.head_size).contiguous()
        mask = None
        if past:
            hidden = torch.arange(len(key))[None] > past + torch.arange(len(query))[:, None]
            mask = torch.zeros(hidden.shape, dtype=key.dtype)
            mask = mask.masked_fill(hidden, float("-inf"))[None, None]
        key, value = (x.transpose(0, 1).contiguous() for x in (key, value))
        caches = [
            (key.clone()[:, None].expand(shape), value.clone()[:, None].expand(shape))
            for _ in range(job.copies)
        ]
        return Call(grouped, False, mask, caches)
