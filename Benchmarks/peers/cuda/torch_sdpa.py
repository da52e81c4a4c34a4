"""PyTorch's scaled_dot_product_attention with one of its backends.

The cache is dense. A decode's query heads that share a key/value head are folded into its query rows, which is faster
than `enable_gqa`.
"""

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.attention.bias import causal_lower_right

from peer import Attention, Peer, Unsupported


class SdpaPeer(Peer):
    """One backend."""

    version = torch.__version__
    is_paged = False

    def __init__(self, device, backend):
        super().__init__(device)
        self.backend = getattr(SDPBackend, backend)

    def prepare(self, tensors):
        if tensors.new == 1:
            return Decode(tensors, self.backend)
        if tensors.past and self.backend == SDPBackend.CUDNN_ATTENTION:
            raise Unsupported("has no mask that ends in the lower right corner")
        if self.backend == SDPBackend.EFFICIENT_ATTENTION:
            if tensors.sequences > 1:
                raise Unsupported("has no groups of heads")
            return RepeatedPrompt(tensors, self.backend)
        return Prompt(tensors, self.backend)


class Dense(Attention):
    """Queries, and keys and values for each copy, as [sequences, heads, tokens, size]."""

    def __init__(self, tensors, backend):
        self.tensors, self.backend = tensors, backend
        self.caches = [
            tuple(tensors.dense(cache).transpose(1, 2) for cache in copy) for copy in tensors.copies
        ]

    def attention(self, query, copy, **words):
        """The function itself."""
        key, value = self.caches[copy]
        with sdpa_kernel(self.backend):
            return torch.nn.functional.scaled_dot_product_attention(
                query, key, value, scale=self.tensors.softmax_scale, **words
            )


class Decode(Dense):
    """One row for each query head of a group."""

    def __init__(self, tensors, backend):
        super().__init__(tensors, backend)
        shape = (tensors.sequences, tensors.key_value_heads, tensors.group, tensors.head_size)
        self.query = tensors.query.view(shape)

    def call(self, copy):
        return self.attention(self.query, copy)


class Prompt(Dense):
    """Many rows, under a causal mask."""

    def __init__(self, tensors, backend):
        super().__init__(tensors, backend)
        shape = (tensors.sequences, tensors.new, tensors.heads, tensors.head_size)
        self.query = tensors.query.view(shape).transpose(1, 2)
        self.mask = causal_lower_right(tensors.new, tensors.total) if tensors.past else None

    def call(self, copy):
        is_causal = self.mask is None
        return self.attention(self.query, copy, attn_mask=self.mask, is_causal=is_causal, enable_gqa=True)

    def output(self, result):
        return result.transpose(1, 2)


class RepeatedPrompt(Dense):
    """The same where groups of heads are not known: key/value heads become the batch, which repeats them for the heads
    of a group without copying."""

    def __init__(self, tensors, backend):
        super().__init__(tensors, backend)
        shape = (tensors.new, tensors.key_value_heads, tensors.group, tensors.head_size)
        self.query = tensors.query.view(shape).permute(1, 2, 0, 3)
        self.mask = causal_lower_right(tensors.new, tensors.total) if tensors.past else None
        shape = (tensors.key_value_heads, tensors.group, tensors.total, tensors.head_size)
        self.caches = [tuple(x[0][:, None].expand(shape) for x in copy) for copy in self.caches]

    def call(self, copy):
        return self.attention(self.query, copy, attn_mask=self.mask, is_causal=self.mask is None)

    def output(self, result):
        return result.permute(2, 0, 1, 3)
