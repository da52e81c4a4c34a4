"""What is computed: sequences of one length, random queries and caches on the device, and the right result."""

import torch

TYPES = {
    "float16": torch.float16, "bfloat16": torch.bfloat16, "int8": torch.int8, "float8e4m3fn": torch.float8_e4m3fn,
}
# Caches are copied until they take so much, and the copies taken in turn, so that they come from memory.
COLD_BYTES = {"cuda": 512 << 20, "cpu": 1 << 20}
# Query rows that are compared, of each sequence: the first and the last ones.
COMPARED = 128


class Tensors:
    """Inputs of a workload.

    Caches are [blocks, block size, key/value heads, size]; a sequence's blocks are scattered in `table`, while
    `dense` sees the same memory as if they followed each other. Codes are worth themselves times `scale`.
    """

    def __init__(self, workload, device, seed):
        self.workload, self.device = workload, device
        for name in ("sequences", "past", "new", "heads", "headSize", "valueHeadSize"):
            setattr(self, snake(name), workload[name])
        self.key_value_heads, self.block_size = workload["keyValueHeads"], workload["blockSize"]
        self.total = self.past + self.new
        self.group = self.heads // self.key_value_heads
        self.softmax_scale = workload["scale"] or self.head_size**-0.5
        self.dtype, self.cache_dtype = TYPES[workload["activation"]], TYPES[workload["cache"]]
        self.scale = {"int8": 1 / 32, "float8e4m3fn": 0.5}.get(workload["cache"], 1.0)
        self.is_latent = workload["isLatent"]
        self.random = torch.Generator(device=device).manual_seed(seed)
        self.blocks_per_sequence = -(-self.total // self.block_size)
        blocks = self.sequences * self.blocks_per_sequence
        shuffled = torch.randperm(blocks, generator=self.random, device=device)
        self.table = shuffled.to(torch.int32).view(self.sequences, self.blocks_per_sequence)
        self.lengths = torch.full((self.sequences,), self.total, dtype=torch.int32, device=device)
        self.query_starts = torch.arange(self.sequences + 1, dtype=torch.int32, device=device) * self.new
        self.query = self._normal(self.sequences * self.new, self.heads, self.head_size).to(self.dtype)
        shape = (blocks, self.block_size, self.key_value_heads, self.head_size)
        # Latent rows hold the values too.
        self.copies = [
            (cache := self._cache(shape), cache if self.is_latent else self._cache(shape))
            for _ in range(self._copy_count(shape))
        ]

    def _copy_count(self, shape):
        size = torch.empty(0, dtype=self.cache_dtype).element_size()
        bytes_of_one = shape[0] * shape[1] * shape[2] * shape[3] * size * (1 if self.is_latent else 2)
        return max(2, min(-(-COLD_BYTES[self.device] // bytes_of_one), 512))

    def _normal(self, *shape):
        return torch.randn(*shape, generator=self.random, device=self.device, dtype=torch.float32)

    def _cache(self, shape):
        if self.cache_dtype.is_floating_point and self.cache_dtype.itemsize == 2:
            return torch.randn(shape, generator=self.random, device=self.device, dtype=self.cache_dtype)
        numbers = self._normal(*shape) / self.scale
        if self.cache_dtype == torch.int8:
            numbers = numbers.round().clamp(-127, 127)
        return numbers.to(self.cache_dtype)

    def dense(self, cache):
        """A cache as [sequences, tokens, key/value heads, size]."""
        whole = cache.view(self.sequences, -1, self.key_value_heads, cache.shape[-1])
        return whole[:, : self.total]

    def compared_rows(self):
        """The new tokens of each sequence that are compared."""
        rows = torch.arange(self.new, device=self.device)
        return rows if self.new <= 2 * COMPARED else torch.cat([rows[:COMPARED], rows[-COMPARED:]])

    def expected(self, is_paged):
        """The compared rows in float32 over the first copy of the cache: [sequences, rows, heads, size]."""
        rows, results = self.compared_rows(), []
        query = self.query.view(self.sequences, self.new, self.heads, self.head_size)[:, rows].float()
        for sequence in range(self.sequences):
            key, value = (self._of_sequence(cache, sequence, is_paged) for cache in self.copies[0])
            value = value[..., : self.value_head_size]
            positions = torch.arange(self.total, device=self.device)
            hidden = positions[None, :] > (self.past + rows)[:, None]
            heads = []
            for head in range(self.heads):
                weights = query[sequence, :, head] @ key[:, head // self.group].T * self.softmax_scale
                weights = torch.softmax(weights.masked_fill(hidden, float("-inf")), dim=-1)
                heads.append(weights @ value[:, head // self.group])
            results.append(torch.stack(heads, dim=1))
        return torch.stack(results)

    def _of_sequence(self, cache, sequence, is_paged):
        """All keys or values of a sequence in float32."""
        if is_paged:
            gathered = cache[self.table[sequence].long()].flatten(0, 1)[: self.total]
        else:
            gathered = self.dense(cache)[sequence]
        return gathered.float() * self.scale


def snake(name):
    """A name in Python's style."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
