"""Paged attention in jax's Pallas, for decodes. Its cache has heads first."""

import math
import os
import time

# PyTorch needs memory too. Read when jax is first used.
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")

import jax
import torch
from jax.experimental.pallas.ops.gpu.paged_attention import paged_attention

from peer import Attention, Peer, Unsupported

# Calls that are compiled as one function, parts of a sequence, and keys of a tile, at the most.
MOST_CALLS, PARTS, TILE = 32, 16, 128


class PallasPeer(Peer):
    """jax.experimental.pallas.ops.gpu.paged_attention."""

    version = jax.__version__

    def prepare(self, tensors):
        if tensors.new != 1:
            raise Unsupported("only for decodes")
        return Pallas(tensors, self.device)


class Pallas(Attention):
    """One compiled function for many copies, as launches from Python would be all that is measured."""

    can_be_captured = False

    def __init__(self, tensors, device):
        parts = math.gcd(PARTS, tensors.blocks_per_sequence)
        blocks = math.gcd(max(1, TILE // tensors.block_size), tensors.blocks_per_sequence // parts)
        self.sizes = {"k_splits": parts, "pages_per_compute_block": blocks, "interpret": device == "cpu"}
        # The function does not scale.
        scaled = tensors.query.float() * tensors.softmax_scale
        self.query, self.table, self.lengths = (
            jax.dlpack.from_dlpack(x.contiguous())
            for x in (scaled.to(tensors.dtype), tensors.table, tensors.lengths)
        )
        self.caches = [
            tuple(jax.dlpack.from_dlpack(cache.permute(2, 0, 1, 3).contiguous()) for cache in copy)
            for copy in tensors.copies[:MOST_CALLS]
        ]
        self.one = jax.jit(lambda caches: self._attention(*caches))
        self.all = jax.jit(lambda caches: [self._attention(*copy) for copy in caches])

    def _attention(self, key, value):
        return paged_attention(self.query, key, value, self.table, self.lengths, **self.sizes)

    def call(self, copy):
        return self.one(self.caches[copy % len(self.caches)])

    def output(self, result):
        return torch.from_dlpack(result)

    def time(self, rounds):
        """Seconds of a call by the host's clock, over so many executions of the function that launches hide."""
        jax.block_until_ready(self.all(self.caches))
        begin = time.perf_counter()
        jax.block_until_ready(self.all(self.caches))
        repeats = max(1, min(int(0.02 / (time.perf_counter() - begin)), 50))

        def once():
            begin = time.perf_counter()
            for _ in range(repeats):
                result = self.all(self.caches)
            jax.block_until_ready(result)
            return (time.perf_counter() - begin) / repeats / len(self.caches)

        seconds = [once() for _ in range(min(rounds, 9))]
        method = f"one function of {len(self.caches)} calls, host's clock"
        return {"calls": len(self.caches), "copies": len(self.caches), "launchSeconds": seconds, "method": method}
