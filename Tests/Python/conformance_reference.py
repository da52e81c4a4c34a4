"""PagedAttention and what it shares with SparsePagedAttention, in float64 NumPy.

Written from the operator's description alone. Inputs and attributes are dictionaries by the
operator's own names. Only what the operator rounds is rounded: normalised and rotated queries and
keys, and the cache.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from conformance_formats import format_of


class Result(NamedTuple):
    output: np.ndarray  # float64
    key_cache: np.ndarray
    value_cache: np.ndarray | None
    slots: np.ndarray  # of every token: where it was written, or -1


def paged_attention(inputs, attributes):
    """What a call returns; the given arrays are not changed."""
    call = prepare(inputs, attributes)
    causal = attributes.get("is_causal", 1) == 1
    window = attributes.get("local_window_size", -1)
    tokens, heads, _ = call.query.shape
    output = np.zeros((tokens, heads, call.value_head_size))
    for sequence in call.live_sequences():
        begin, end = call.cumulative[sequence : sequence + 2]
        first = max(0, call.past[sequence] - window + 1) if window > 0 else 0
        everything = np.arange(first, call.past[sequence] + end - begin)
        positions, slots = call.mapped(sequence, everything)
        keys, values = call.read(slots)
        for start in range(begin, end, 128):  # that intermediate results stay small
            rows = slice(start, min(start + 128, end))
            queries = call.positions[rows, None]
            seen = np.ones((len(queries), len(positions)), bool)
            if causal:
                seen &= positions <= queries
            if window > 0:
                seen &= positions > queries - window
            sink = inputs.get("head_sink")
            output[rows] = attend(call.query[rows], keys, values, seen, call, sink)
    output = output.reshape(tokens, heads * call.value_head_size)
    return Result(output, call.key_cache, call.value_cache, call.slots)


def attend(query, keys, values, seen, call, head_sink):
    """n queries over L rows: (n, N, H), (L, K, H), (L, K, Hv), (n, L) -> (n, N, Hv)."""
    n, heads, head_size = query.shape
    kv_heads = keys.shape[1]
    group = heads // kv_heads
    output = np.zeros((n, heads, values.shape[2]))
    for head in range(kv_heads):
        mine = slice(head * group, (head + 1) * group)
        logits = query[:, mine].reshape(-1, head_size) @ keys[:, head].T
        logits *= call.scale
        if call.softcap > 0:
            logits = call.softcap * np.tanh(logits / call.softcap)
        weights = logits.reshape(n, group, -1)
        weights[np.broadcast_to(~seen[:, None], weights.shape)] = -np.inf
        highest = weights.max(axis=-1, keepdims=True, initial=-np.inf)
        highest[np.isneginf(highest)] = 0
        weights -= highest
        np.exp(weights, out=weights)
        total = weights.sum(axis=-1, keepdims=True)
        if head_sink is not None:
            sink = head_sink.astype(np.float64)[mine, None]
            total += np.where(total > 0, np.exp(sink - highest), 0)
        weights /= np.where(total > 0, total, 1)
        output[:, mine] = (weights.reshape(n * group, -1) @ values[:, head]).reshape(n, group, -1)
    return output


@dataclass
class Call:
    """A call after its writes: normalised and rotated queries, and caches to read from."""

    query: np.ndarray  # (T, N, H) float64
    key_cache: np.ndarray
    value_cache: np.ndarray | None
    cumulative: np.ndarray
    past: np.ndarray
    valid: np.ndarray
    owners: np.ndarray  # of every token: its sequence
    positions: np.ndarray  # of every token in its sequence
    block_table: np.ndarray
    slots: np.ndarray
    formats: tuple
    scales: tuple
    value_head_size: int
    scale: float
    softcap: float

    def live_sequences(self):
        counts = np.diff(self.cumulative)
        return np.flatnonzero(self.valid & (counts > 0))

    def mapped(self, sequence, positions):
        """Those positions of a sequence that have a block, and their slots."""
        slots = slots_of(self.block_table, sequence, positions, self.key_cache)
        return positions[slots >= 0], slots[slots >= 0]

    def read(self, slots):
        """Dequantised keys and values at slots; without a value cache, values are in the keys."""
        keys = self.formats[0].decode(rows_of(self.key_cache)[slots], self.scales[0])
        if self.value_cache is None:
            return keys, keys[..., : self.value_head_size]
        return keys, self.formats[1].decode(rows_of(self.value_cache)[slots], self.scales[1])


def prepare(inputs, attributes):
    """Everything before attention: lengths, norm, rotation, writes."""
    heads, kv_heads = attributes["num_heads"], attributes["kv_num_heads"]
    query, key, value = unpack(inputs, heads, kv_heads)
    head_size = query.shape[2]
    key_cache = inputs["key_cache"].copy()
    value_cache = inputs["value_cache"].copy() if "value_cache" in inputs else None
    block_table = inputs["block_table"]
    block_table = np.where(block_table < len(key_cache), np.maximum(block_table, -1), -1)
    capacity = block_table.shape[1] * key_cache.shape[1]
    cumulative, past, valid = lengths(inputs, len(query), capacity)
    tokens = np.arange(len(query))
    owners = np.searchsorted(cumulative[1:], tokens, side="right")
    positions = past[owners] + tokens - cumulative[owners]
    query = normalised(query, inputs.get("q_norm_weight"), attributes)
    key = normalised(key, inputs.get("k_norm_weight"), attributes)
    if attributes.get("do_rotary", 0) == 1:
        at = np.where(valid[owners], positions, 0)
        query = rotated(query, at, inputs, attributes)
        key = rotated(key, at, inputs, attributes)
    slots = inputs.get("slot_mapping")
    if slots is None:
        slots = slots_of(block_table, owners, np.where(valid[owners], positions, 0), key_cache)
    fits = valid[owners] & (slots >= 0) & (slots < key_cache.shape[0] * key_cache.shape[1])
    slots = np.where(fits, slots, -1)
    formats = tuple(
        None if cache is None else format_of(cache, attributes.get(f"{side}_cache_dtype", ""))
        for side, cache in (("k", key_cache), ("v", value_cache))
    )
    scales = tuple(scale_of(inputs, side, kv_heads, head_size) for side in "kv")
    for cache, codec, scale, new in zip((key_cache, value_cache), formats, scales, (key, value)):
        if cache is not None:
            rows_of(cache)[slots[fits]] = codec.encode(new[fits], scale)
    return Call(
        query=query.astype(np.float64),
        key_cache=key_cache,
        value_cache=value_cache,
        cumulative=cumulative,
        past=past,
        valid=valid,
        owners=owners,
        positions=positions,
        block_table=block_table,
        slots=slots,
        formats=formats,
        scales=scales,
        value_head_size=attributes.get("v_head_size", 0) or head_size,
        scale=attributes.get("scale", 0.0) or 1 / math.sqrt(head_size),
        softcap=attributes.get("softcap", 0.0),
    )


def unpack(inputs, heads, kv_heads):
    """Query, key and value as (T, heads, H); of a latent row there is no value."""
    query, key, value = (inputs.get(name) for name in ("query", "key", "value"))
    if key is None:
        head_size = query.shape[1] // (heads + 2 * kv_heads)
        ends = [heads * head_size, (heads + kv_heads) * head_size]
        query, key, value = np.split(query, ends, axis=1)
    head_size = query.shape[1] // heads
    return (
        query.reshape(-1, heads, head_size),
        key.reshape(-1, kv_heads, head_size),
        None if value is None else value.reshape(-1, kv_heads, head_size),
    )


def lengths(inputs, tokens, capacity):
    """Cumulative and past lengths made safe, and which sequences fit their block table."""
    cumulative = np.clip(inputs["cumulative_sequence_length"].astype(np.int64), 0, tokens)
    cumulative[0], cumulative[-1] = 0, tokens
    cumulative = np.maximum.accumulate(cumulative)
    past = inputs["past_seqlens"].astype(np.int64)
    valid = (past >= 0) & (past <= np.maximum(0, capacity - np.diff(cumulative)))
    return cumulative, np.where(valid, past, 0), valid


def slots_of(block_table, sequences, positions, cache):
    """Where positions of sequences lie in the cache, -1 where nothing is mapped."""
    blocks = block_table[sequences, positions // cache.shape[1]].astype(np.int64)
    return np.where(blocks < 0, -1, blocks * cache.shape[1] + positions % cache.shape[1])


def rows_of(cache):
    """The cache by slot: (slots, K, elements)."""
    return cache.reshape(-1, *cache.shape[2:])


def scale_of(inputs, side, kv_heads, head_size):
    scale = inputs.get(f"{side}_scale")
    if scale is None or scale.size == 1:
        return np.float32(1 if scale is None else scale.reshape(()))
    return scale.reshape(kv_heads, head_size)


def normalised(x, weight, attributes):
    """Root-mean-square norm of every head, rounded to the type of `x`."""
    if weight is None:
        return x
    y = x.astype(np.float64)
    epsilon = attributes.get("qk_norm_epsilon", 1e-6)
    y = y / np.sqrt((y * y).mean(axis=-1, keepdims=True) + epsilon)
    return (y * weight.astype(np.float64)).astype(x.dtype)


def rotated(x, positions, inputs, attributes):
    """Rotary embedding of 2 * half channels from rotary_offset on, rounded to the type of `x`."""
    cos = inputs["cos_cache"].astype(np.float64)[positions, None]
    sin = inputs["sin_cache"].astype(np.float64)[positions, None]
    half = cos.shape[-1]
    offset = attributes.get("rotary_offset", 0)
    if attributes.get("rotary_interleaved", 0) == 1:
        first = offset + 2 * np.arange(half)
        second = first + 1
    else:
        first = offset + np.arange(half)
        second = first + half
    a, b = x[..., first].astype(np.float64), x[..., second].astype(np.float64)
    y = x.copy()
    y[..., first] = (a * cos - b * sin).astype(x.dtype)
    y[..., second] = (b * cos + a * sin).astype(x.dtype)
    return y
