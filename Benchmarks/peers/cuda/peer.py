"""What a peer has to be able to do."""

from abc import ABC, abstractmethod


class Unsupported(Exception):
    """The peer is not for a workload, for the reason that the exception names."""


class Attention(ABC):
    """A workload, ready to be computed again and again."""

    # Whether calls may be captured in a graph.
    can_be_captured = True

    @abstractmethod
    def call(self, copy):
        """Computes it with one of the copies of the cache, and gives the output: [tokens, heads, size]
        after `output`. This is what is timed."""

    def output(self, result):
        """What `call` gave as [tokens, heads, size]."""
        return result


class Peer(ABC):
    """Somebody else's attention."""

    version = "?"
    # The types of cache that it has.
    caches = ("bfloat16", "float16")
    # Whether its cache is in blocks; one that is not does workloads in blocks of 16 only, once each.
    is_paged = True

    def __init__(self, device):
        self.device = device

    @abstractmethod
    def prepare(self, tensors):
        """Makes everything for the tensors of a workload, an `Attention`."""
