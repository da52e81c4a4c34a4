"""What a peer has to be able to do."""

from abc import ABC, abstractmethod

from job import Floats, Job, Tensors


class Unsupported(Exception):
    """The peer does not do a job, for the reason that the exception names."""


class Attention(ABC):
    """A job, ready to be computed again and again."""

    @abstractmethod
    def call(self, copy: int) -> None:
        """Computes it with one of the `job.copies` copies of the cache. This is what is timed."""

    @abstractmethod
    def output(self) -> Floats:
        """What the last call computed: [new tokens, heads, head size], or flat."""


class Peer(ABC):
    """Somebody else's attention, on a number of threads that is fixed when it is made."""

    name: str
    version: str
    # The types of cache that it has.
    caches: tuple[str, ...]

    @abstractmethod
    def prepare(self, job: Job, tensors: Tensors) -> Attention:
        """Makes everything for a job. The new tokens may be missing in caches that a call writes
        them to."""
