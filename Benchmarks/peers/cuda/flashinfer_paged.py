"""FlashInfer over blocks: its kernels for decodes, for prompts, of TensorRT-LLM's XQA, and for latent rows.

What a wrapper plans once for a step is not timed, as the plan serves all layers. Kernels that were not built before
need nvcc and minutes; with FLASHINFER_DISABLE_JIT=1, which run.py sets, they are an error at once.
"""

import flashinfer
import torch

from peer import Attention, Peer, Unsupported

WORKSPACE_BYTES = 512 << 20


class FlashInferPeer(Peer):
    """What all have."""

    version = flashinfer.__version__

    def __init__(self, device):
        super().__init__(device)
        self.workspace = torch.zeros(WORKSPACE_BYTES, dtype=torch.uint8, device=device)

    @staticmethod
    def blocks(tensors):
        """Where each sequence's blocks begin in the list of all, that list, and tokens in the last ones."""
        count = tensors.blocks_per_sequence
        starts = torch.arange(tensors.sequences + 1, dtype=torch.int32) * count
        last = tensors.total - (count - 1) * tensors.block_size
        lasts = torch.full((tensors.sequences,), last, dtype=torch.int32)
        return starts, tensors.table.flatten(), lasts


class DecodePeer(FlashInferPeer):
    """BatchDecodeWithPagedKVCacheWrapper."""

    caches = ("bfloat16", "float16", "float8e4m3fn")

    def __init__(self, device, use_tensor_cores):
        super().__init__(device)
        self.wrapper = flashinfer.BatchDecodeWithPagedKVCacheWrapper(
            self.workspace, "NHD", use_tensor_cores=use_tensor_cores
        )

    def prepare(self, tensors):
        if tensors.new != 1:
            raise Unsupported("only for decodes")
        self.wrapper.plan(
            *self.blocks(tensors), tensors.heads, tensors.key_value_heads, tensors.head_size, tensors.block_size,
            q_data_type=tensors.dtype, kv_data_type=tensors.cache_dtype, sm_scale=tensors.softmax_scale,
        )
        return Planned(tensors, self.wrapper)


class PromptPeer(FlashInferPeer):
    """BatchPrefillWithPagedKVCacheWrapper."""

    def __init__(self, device, backend):
        super().__init__(device)
        self.wrapper = flashinfer.BatchPrefillWithPagedKVCacheWrapper(self.workspace, "NHD", backend=backend)

    def prepare(self, tensors):
        if tensors.new == 1:
            raise Unsupported("only for more than one new token")
        self.wrapper.plan(
            tensors.query_starts, *self.blocks(tensors), tensors.heads, tensors.key_value_heads, tensors.head_size,
            tensors.block_size, causal=True, sm_scale=tensors.softmax_scale, q_data_type=tensors.dtype,
            kv_data_type=tensors.cache_dtype,
        )
        return Planned(tensors, self.wrapper)


class Planned(Attention):
    """A wrapper after its plan."""

    def __init__(self, tensors, wrapper):
        self.tensors, self.wrapper = tensors, wrapper
        self.out = torch.empty_like(tensors.query)
        self.scales = {}
        if tensors.scale != 1:
            self.scales = {"k_scale": tensors.scale, "v_scale": tensors.scale}

    def call(self, copy):
        return self.wrapper.run(self.tensors.query, self.tensors.copies[copy], out=self.out, **self.scales)


class XqaPeer(FlashInferPeer):
    """xqa_batch_decode_with_kv_cache."""

    caches = ("bfloat16", "float16", "float8e4m3fn")

    def prepare(self, tensors):
        if tensors.new != 1:
            raise Unsupported("only for decodes here")
        return Xqa(tensors, self.workspace)


class Xqa(Attention):
    """Its function."""

    def __init__(self, tensors, workspace):
        from flashinfer.decode import xqa_batch_decode_with_kv_cache

        self.tensors, self.workspace = tensors, workspace
        self.function = xqa_batch_decode_with_kv_cache
        self.lengths = tensors.lengths.to(torch.uint32)
        self.out = torch.empty_like(tensors.query)

    def call(self, copy):
        tensors = self.tensors
        self.function(
            tensors.query, tensors.copies[copy], self.workspace, tensors.table, self.lengths, tensors.total,
            bmm1_scale=tensors.softmax_scale * tensors.scale, bmm2_scale=tensors.scale, out=self.out,
        )
        return self.out


class LatentPeer(FlashInferPeer):
    """BatchMLAPagedAttentionWrapper, whose cache has the rotated channels apart."""

    is_latent = True

    def __init__(self, device):
        super().__init__(device)
        self.wrapper = flashinfer.mla.BatchMLAPagedAttentionWrapper(self.workspace)

    def prepare(self, tensors):
        starts, blocks, _ = self.blocks(tensors)
        rotated = tensors.head_size - tensors.value_head_size
        device = tensors.device
        self.wrapper.plan(
            tensors.query_starts, starts.to(device), blocks, tensors.lengths, tensors.heads,
            tensors.value_head_size, rotated, tensors.block_size, False, tensors.softmax_scale, tensors.dtype,
            tensors.cache_dtype,
        )
        return Latent(tensors, self.wrapper)


class Latent(Attention):
    """Both parts of queries and caches."""

    def __init__(self, tensors, wrapper):
        self.wrapper = wrapper
        size = tensors.value_head_size
        self.query = split(tensors.query, size)
        self.caches = [split(cache.squeeze(2), size) for cache, _ in tensors.copies]

    def call(self, copy):
        return self.wrapper.run(*self.query, *self.caches[copy])


def split(tensor, size):
    """The channels of values and those after them."""
    return tensor[..., :size].contiguous(), tensor[..., size:].contiguous()
