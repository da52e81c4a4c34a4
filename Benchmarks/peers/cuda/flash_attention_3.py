"""FlashAttention 3 over blocks: the package flash_attn_interface, or the library that vLLM's wheel has of it.

Of vLLM only the file _vllm_fa3_C*.so is needed, in a folder of PYTHONPATH or where its wheel has it. It prepares
its schedule once for a step, so that is not timed, as the schedule serves all layers.
"""

import sys
from pathlib import Path

import torch

from peer import Attention, Peer


class FlashAttention3Peer(Peer):
    """Whichever of the two is there."""

    caches = ("bfloat16", "float16", "float8e4m3fn")

    def __init__(self, device):
        super().__init__(device)
        try:
            from flash_attn_interface import flash_attn_with_kvcache

            self.function, self.version = flash_attn_with_kvcache, "flash_attn_interface"
        except ImportError as error:
            library = find_library()
            if library is None:
                raise ImportError(f"{error}, nor is _vllm_fa3_C*.so in PYTHONPATH") from error
            torch.ops.load_library(str(library))
            self.function = None
            self.version = f"vLLM's {library.name}"

    def prepare(self, tensors):
        return WithCache(tensors, self.function) if self.function else Varlen(tensors)


def find_library():
    """The library in vLLM's wheel or alone."""
    for folder in sys.path:
        for place in (".", "vllm/vllm_flash_attn", "vllm_flash_attn"):
            for library in sorted(Path(folder or ".", place).glob("_vllm_fa3_C*.so")):
                return library
    return None


class Tile(Attention):
    """Queries; with codes of 8 bits also queries are codes, and all have scales by key/value head."""

    def __init__(self, tensors):
        self.tensors, self.query, self.scales = tensors, tensors.query, (None, None, None)
        if tensors.cache_dtype == torch.float8_e4m3fn:
            self.query = tensors.query.to(tensors.cache_dtype)
            shape = (tensors.sequences, tensors.key_value_heads)
            self.scales = tuple(
                torch.full(shape, scale, device=tensors.device) for scale in (1.0, tensors.scale, tensors.scale)
            )


class WithCache(Tile):
    """flash_attn_with_kvcache."""

    def __init__(self, tensors, function):
        super().__init__(tensors)
        self.function = function
        self.query = self.query.view(tensors.sequences, tensors.new, tensors.heads, tensors.head_size)

    def call(self, copy):
        tensors, (key, value) = self.tensors, self.tensors.copies[copy]
        return self.function(
            self.query, key, value, cache_seqlens=tensors.lengths, page_table=tensors.table, causal=True,
            softmax_scale=tensors.softmax_scale, q_descale=self.scales[0], k_descale=self.scales[1],
            v_descale=self.scales[2],
        )


class Varlen(Tile):
    """vLLM's operator, by position as its own Python calls it; older ones have fewer arguments at the end."""

    def __init__(self, tensors):
        super().__init__(tensors)
        self.function = torch.ops._vllm_fa3_C.fwd
        self.count = len(self.function.default._schema.arguments)
        self.out = torch.empty_like(tensors.query)
        self.metadata = torch.ops._vllm_fa3_C.get_scheduler_metadata(
            tensors.sequences, tensors.new, tensors.total, tensors.heads, tensors.key_value_heads,
            tensors.head_size, tensors.head_size, self.query.dtype, tensors.lengths, tensors.query_starts,
            None, None, None, None, tensors.block_size, 0, True, -1, -1, False, 0, None, 0,
        )

    def call(self, copy):
        tensors, (key, value) = self.tensors, self.tensors.copies[copy]
        arguments = [
            self.query, key, value, None, None, None, self.out, tensors.query_starts, None, None, None,
            tensors.lengths, tensors.new, tensors.total, tensors.table, None, None, None, None, None, *self.scales,
            tensors.softmax_scale, True, -1, -1, 0.0, True, self.metadata, 0, None, 0, None, 1, 0, None,
        ]
        self.function(*arguments[: self.count])
        return self.out
