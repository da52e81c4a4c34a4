"""SparsePagedAttention in float64 NumPy, and its random cases.

Writes, norm and rotation are PagedAttention's. A query sees its local positions, if the mode has
them, and those it selects: positions of its own sequence, or rows of an auxiliary cache.
"""

import zlib
from dataclasses import dataclass

import numpy as np

from conformance_cases import Case, tensors
from conformance_reference import Result, attend, prepare


def sparse_paged_attention(inputs, attributes):
    """What a call returns; the given arrays are not changed."""
    call = prepare(inputs, attributes)
    tokens, heads, head_size = call.query.shape
    output = np.zeros((tokens, heads, head_size))
    auxiliary = attributes.get("selected_kv_source", "main") == "auxiliary"
    for token in range(tokens):
        sequence = call.owners[token]
        if not call.valid[sequence]:
            continue
        local = local_positions(call, attributes, sequence, call.positions[token])
        chosen = selection(inputs, token)
        if auxiliary:
            keys, values = call.read(call.mapped(sequence, local)[1])
            more = auxiliary_rows(inputs, attributes, sequence, chosen, keys.shape[1])
            keys, values = (np.concatenate(pair) for pair in zip((keys, values), more))
        else:
            chosen = main_positions(call, attributes, sequence, call.positions[token], chosen)
            positions = np.concatenate([local, chosen[~np.isin(chosen, local)]])
            keys, values = call.read(call.mapped(sequence, positions)[1])
        seen = np.ones((1, len(keys)), bool)
        row = call.query[token : token + 1]
        output[token] = attend(row, keys, values, seen, call, inputs.get("head_sink"))[0]
    return Result(
        output.reshape(tokens, heads * head_size), call.key_cache, call.value_cache, call.slots
    )


def local_positions(call, attributes, sequence, position):
    """Positions that a query sees without selecting them."""
    if attributes.get("attention_mode", "selected_only") == "selected_only":
        return np.arange(0)
    window = attributes.get("local_window_size", -1)
    first = max(0, position - window + 1) if window > 0 else 0
    return np.arange(first, last_position(call, attributes, sequence, position) + 1)


def last_position(call, attributes, sequence, position):
    if attributes.get("is_causal", 1) == 1:
        return position
    return call.past[sequence] + np.diff(call.cumulative)[sequence] - 1


def selection(inputs, token):
    """What a query selects, negative entries left out."""
    row = inputs["selected_indices"][token]
    row = row[: np.clip(inputs["selected_counts"][token], 0, len(row))]
    return row[row >= 0].astype(np.int64)


def main_positions(call, attributes, sequence, position, chosen):
    """Selected positions that exist and that the query may see."""
    capacity = call.block_table.shape[1] * call.key_cache.shape[1]
    last = last_position(call, attributes, sequence, position)
    return chosen[chosen <= min(last, capacity - 1)]


def auxiliary_rows(inputs, attributes, sequence, chosen, kv_heads):
    """Keys and values of selected auxiliary rows, as wide as the main ones."""
    keys = inputs["auxiliary_key"]
    values = keys if attributes.get("auxiliary_kv_shared", 0) == 1 else inputs["auxiliary_value"]
    length = min(inputs["auxiliary_lengths"][sequence], keys.shape[1])
    rows = chosen[chosen < length]
    shape = (len(rows), kv_heads, keys.shape[3])
    return tuple(
        np.broadcast_to(cache[sequence, rows].astype(np.float64), shape) for cache in (keys, values)
    )


@dataclass(frozen=True)
class SparseCase:
    """A PagedAttention case and what its tokens select."""

    case: Case
    mode: str = "selected_only"
    source: str = "main"
    shared: bool = False
    auxiliary_heads: int = 0  # 0: as many as kv_heads
    capacity: int = 24
    most: int = 12

    @property
    def name(self):
        return self.case.name

    @property
    def auxiliary(self):
        return self.source == "auxiliary"


def sparse_tensors(sparse, activation, cache):
    """Inputs and attributes; indices repeat, are negative, and lie beyond the end now and then."""
    case = sparse.case
    inputs, attributes = tensors(case, activation, cache)
    random = np.random.default_rng(zlib.crc32(f"{case.name}{activation}{cache}".encode()) + 1)
    tokens, batch = sum(case.new), len(case.new)
    end = sparse.capacity if sparse.auxiliary else max(map(sum, zip(case.past, case.new)))
    indices = random.integers(-2, end + 3, (tokens, sparse.most))
    indices[:, 1::4] = indices[:, 0::4][:, : indices[:, 1::4].shape[1]]
    inputs["selected_indices"] = indices.astype(np.int32)
    inputs["selected_counts"] = random.integers(-1, sparse.most + 2, tokens).astype(np.int32)
    if sparse.auxiliary:
        dtype = inputs["query"].dtype
        heads = sparse.auxiliary_heads or case.kv_heads
        shape = (batch, sparse.capacity, heads, case.head_size)
        names = ["auxiliary_key"] if sparse.shared else ["auxiliary_key", "auxiliary_value"]
        for name in names:
            inputs[name] = random.standard_normal(shape).astype(dtype)
        lengths = random.integers(sparse.capacity // 2, sparse.capacity + 3, batch)
        inputs["auxiliary_lengths"] = lengths.astype(np.int32)
    attributes |= {
        "attention_mode": sparse.mode,
        "selected_kv_source": sparse.source,
        "auxiliary_kv_shared": int(sparse.shared),
    }
    return inputs, attributes
