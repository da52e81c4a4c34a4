"""PagedAttention in plain loops over numpy scalars' arrays: slow, obvious, independent of the plugin.

Everything is computed in float64 from the given tensors; only what the operator stores (the cache,
and queries and keys after rotation) is rounded to the tensor's own type, as the operator does.
"""

import math

import numpy as np


def paged_attention(
    query,
    key,
    value,
    key_cache,
    value_cache,
    cumulative,
    past,
    block_table,
    *,
    heads,
    kv_heads,
    cos=None,
    sin=None,
    interleaved=False,
    scale=0.0,
    softcap=0.0,
    window=-1,
    slot_mapping=None,
):
    """Returns (output, key_cache, value_cache); the given caches are not changed."""
    key_cache = key_cache.copy()
    value_cache = value_cache.copy()
    block_count, block_size, _, head_size = key_cache.shape
    if key is None:  # packed: queries, keys and values of a token in one row
        key = query[:, heads * head_size : (heads + kv_heads) * head_size]
        value = query[:, (heads + kv_heads) * head_size :]
        query = query[:, : heads * head_size]
    tokens = query.shape[0]
    query = query.reshape(tokens, heads, head_size)
    key = key.reshape(tokens, kv_heads, head_size)
    value = value.reshape(tokens, kv_heads, head_size)
    scale = scale or 1.0 / math.sqrt(head_size)
    output = np.zeros((tokens, heads * head_size), dtype=query.dtype)

    def place(sequence, position):
        column = position // block_size
        if column >= block_table.shape[1]:
            return None
        block = block_table[sequence, column]
        if block < 0 or block >= block_count:
            return None
        return block, position % block_size

    def write_place(token, sequence, position):
        if slot_mapping is None:
            return place(sequence, position)
        slot = slot_mapping[token]
        if slot < 0 or slot >= block_count * block_size:
            return None
        return slot // block_size, slot % block_size

    def each_token():
        for sequence in range(len(past)):
            for token in range(cumulative[sequence], cumulative[sequence + 1]):
                yield token, sequence, past[sequence] + token - cumulative[sequence]

    for token, sequence, position in each_token():
        where = write_place(token, sequence, position)
        if where is None:
            continue
        for head in range(kv_heads):
            rotated = rotate(key[token, head], cos, sin, position, interleaved)
            key_cache[where[0], where[1], head] = rotated
            value_cache[where[0], where[1], head] = value[token, head]

    for token, sequence, position in each_token():
        first = max(0, position - window + 1) if window > 0 else 0
        places = [place(sequence, p) for p in range(first, position + 1)]
        places = [p for p in places if p is not None]
        if not places:
            continue
        for head in range(heads):
            q = rotate(query[token, head], cos, sin, position, interleaved).astype(np.float64)
            kv_head = head // (heads // kv_heads)
            logits = []
            for block, offset in places:
                logit = float(np.dot(q, key_cache[block, offset, kv_head].astype(np.float64)))
                logit *= scale
                if softcap > 0:
                    logit = softcap * math.tanh(logit / softcap)
                logits.append(logit)
            highest = max(logits)
            weights = [math.exp(logit - highest) for logit in logits]
            total = np.zeros(head_size)
            for weight, (block, offset) in zip(weights, places):
                total += weight * value_cache[block, offset, kv_head].astype(np.float64)
            row = slice(head * head_size, (head + 1) * head_size)
            output[token, row] = (total / sum(weights)).astype(query.dtype)
    return output, key_cache, value_cache


def rotate(channels, cos, sin, position, interleaved):
    """Rotary embedding of one head; the result has the type of `channels`."""
    if cos is None:
        return channels
    half = cos.shape[1]
    x = channels.astype(np.float64)
    y = x.copy()
    for i in range(half):
        c = float(cos[position, i])
        s = float(sin[position, i])
        a, b = (2 * i, 2 * i + 1) if interleaved else (i, i + half)
        y[a] = x[a] * c - x[b] * s
        y[b] = x[b] * c + x[a] * s
    return y.astype(channels.dtype)
