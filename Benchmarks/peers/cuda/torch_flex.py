"""PyTorch's flex_attention over a dense cache, compiled for each shape."""

import torch
from torch.nn.attention.flex_attention import create_block_mask, flex_attention

from peer import Attention, Peer


class FlexPeer(Peer):
    """flex_attention; on the processor not compiled."""

    version = torch.__version__
    is_paged = False

    def __init__(self, device):
        super().__init__(device)
        self.function = torch.compile(flex_attention, dynamic=False) if device == "cuda" else flex_attention

    def prepare(self, tensors):
        return Flex(tensors, self.function)


class Flex(Attention):
    """Queries, keys and values as [sequences, heads, tokens, size]."""

    def __init__(self, tensors, function):
        past = tensors.past

        def sees(_sequence, _head, row, position):
            return past + row >= position

        self.tensors, self.function = tensors, function
        shape = (tensors.sequences, tensors.new, tensors.heads, tensors.head_size)
        self.query = tensors.query.view(shape).transpose(1, 2)
        self.caches = [
            tuple(tensors.dense(cache).transpose(1, 2) for cache in copy) for copy in tensors.copies
        ]
        self.mask = create_block_mask(sees, None, None, tensors.new, tensors.total, device=tensors.device)

    def call(self, copy):
        key, value = self.caches[copy]
        return self.function(
            self.query, key, value, block_mask=self.mask, scale=self.tensors.softmax_scale, enable_gqa=True
        )

    def output(self, result):
        return result.transpose(1, 2)
