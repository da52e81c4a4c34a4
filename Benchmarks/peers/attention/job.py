"""What a peer computes: the sequences of a job, random queries, keys and values, and the right result."""

from dataclasses import dataclass, field, replace
from typing import Any, Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]

# Bits of an element in the cache, by the names that ONNX gives types.
CACHE_BITS = {"float32": 32, "float16": 16, "bfloat16": 16, "int8": 8, "float8e4m3fn": 8}

# Caches of a workload are copied until they take so much, and the copies taken in turn, so that
# they come from memory.
COLD_BYTES = 384 << 20


@dataclass(frozen=True)
class Job:
    """Sequences with `past` cached tokens each, to which `new` ones come."""

    workload: str
    past: tuple[int, ...]
    new: tuple[int, ...]
    heads: int
    key_value_heads: int
    head_size: int
    cache: str

    @staticmethod
    def parse(line: dict[str, Any]) -> "Job":
        """The job in a line that `paged bench kernels` writes."""
        lengths, heads = line["workload"]["lengths"], line["heads"]
        return Job(
            workload=line["workload"]["name"],
            past=tuple(length["past"] for length in lengths),
            new=tuple(length["new"] for length in lengths),
            heads=heads["query"],
            key_value_heads=heads["keyValue"],
            head_size=heads["size"],
            cache=line["cache"],
        )

    @property
    def totals(self) -> tuple[int, ...]:
        """Tokens of each sequence, cached and new."""
        return tuple(past + new for past, new in zip(self.past, self.new))

    @property
    def group(self) -> int:
        """Query heads that share a key/value head."""
        return self.heads // self.key_value_heads

    @property
    def scale(self) -> float:
        """What products of queries and keys are multiplied with."""
        return self.head_size**-0.5

    @property
    def query_starts(self) -> Integers:
        """Where the new tokens of each sequence begin, and their number."""
        return np.concatenate([[0], np.cumsum(self.new)]).astype(np.int32)

    @property
    def key_starts(self) -> Integers:
        """Where the tokens of each sequence begin, and their number."""
        return np.concatenate([[0], np.cumsum(self.totals)]).astype(np.int32)

    @property
    def copies(self) -> int:
        """Copies of the cache that take COLD_BYTES."""
        elements = 2 * sum(self.totals) * self.key_value_heads * self.head_size
        return max(2, -(-COLD_BYTES * 8 // (elements * CACHE_BITS[self.cache])))

    def has_tensors_of(self, other: "Job") -> bool:
        """Whether both differ in the type of the cache at most."""
        return self == replace(other, cache=self.cache)


@dataclass
class Blocks:
    """The cache as blocks in a random order, as servers have them after a while."""

    size: int
    count: int
    # The blocks of each sequence: [sequences, most blocks of one].
    table: Integers
    # The place of every token in the cache: block * size + offset.
    places: NDArray[np.int64]

    @staticmethod
    def shuffled(job: Job, size: int) -> "Blocks":
        """Blocks of `size` tokens for the sequences of a job."""
        counts = [-(-total // size) for total in job.totals]
        order = np.random.default_rng(0).permutation(sum(counts)).astype(np.int32)
        table = np.zeros((len(counts), max(counts)), np.int32)
        places, first = [], 0
        for sequence, (count, total) in enumerate(zip(counts, job.totals)):
            blocks = order[first : first + count]
            table[sequence, :count] = blocks
            tokens = np.arange(total)
            places.append(blocks[tokens // size].astype(np.int64) * size + tokens % size)
            first += count
        return Blocks(size, sum(counts), table, np.concatenate(places))

    def of_sequence(self, job: Job, sequence: int) -> Integers:
        """The blocks of one sequence, without the rest of its row in the table."""
        return self.table[sequence, : -(-job.totals[sequence] // self.size)]


@dataclass
class Tensors:
    """Random inputs of a job, all sequences one after the other, and its result in float32,
    whatever the type of its cache.

    Values are representable in bfloat16, so that every type of cache holds the same ones.
    """

    job: Job
    query: Floats = field(init=False)  # [new tokens, heads, head size]
    key: Floats = field(init=False)  # [all tokens, key/value heads, head size]
    value: Floats = field(init=False)
    expected: Floats = field(init=False)

    def __post_init__(self) -> None:
        job, random = self.job, np.random.default_rng(1)

        def normal(tokens: int, heads: int, scale: float = 1) -> Floats:
            values = random.standard_normal((tokens, heads, job.head_size), dtype=np.float32)
            return ((scale * values).view(np.uint32) & 0xFFFF0000).view(np.float32)

        self.query = normal(sum(job.new), job.heads, 1.5)
        self.key = normal(sum(job.totals), job.key_value_heads)
        self.value = normal(sum(job.totals), job.key_value_heads)
        self.expected = self._attention()

    @property
    def new_rows(self) -> NDArray[np.int64]:
        """Where in `key` and `value` the new tokens are."""
        ends = self.job.key_starts[1:]
        return np.concatenate(
            [np.arange(end - new, end) for end, new in zip(ends, self.job.new)]
        )

    def sequences(self) -> Iterator[tuple[Floats, Floats, Floats]]:
        """Query, key and value of each sequence."""
        queries, keys = self.job.query_starts, self.job.key_starts
        for i in range(len(self.job.new)):
            tokens = slice(keys[i], keys[i + 1])
            yield self.query[queries[i] : queries[i + 1]], self.key[tokens], self.value[tokens]

    def _attention(self) -> Floats:
        """Softmax of query * key * scale over the tokens up to the query's own, times value."""
        job, results = self.job, []
        for past, (query, key, value) in zip(job.past, self.sequences()):
            result = np.empty_like(query)
            hidden = np.arange(len(key))[None, :] > past + np.arange(len(query))[:, None]
            for head in range(job.heads):
                weights = query[:, head] @ key[:, head // job.group].T * np.float32(job.scale)
                weights[hidden] = -np.inf
                weights -= weights.max(axis=1, keepdims=True)
                np.exp(weights, out=weights)
                weights /= weights.sum(axis=1, keepdims=True)
                result[:, head] = weights @ value[:, head // job.group]
            results.append(result)
        return np.concatenate(results)


def bfloat16_bits(values: Floats) -> NDArray[np.uint16]:
    """The upper halves of float32 values that bfloat16 represents."""
    return (np.ascontiguousarray(values).view(np.uint32) >> 16).astype(np.uint16)


def from_bfloat16_bits(bits: NDArray[np.uint16]) -> Floats:
    """The float32 values of which these are the upper halves."""
    return (bits.astype(np.uint32) << 16).view(np.float32)
