"""What a conformance case is, its random tensors, and how close the plugin has to come."""

import zlib
from dataclasses import dataclass

import numpy as np
import pytest

from conformance_formats import ACTIVATIONS, FORMATS

QUANTISED = ["int8", "float8e4m3fn", "int4", "float4e2m1"]
EFFICIENT, DECODER = 2, 512  # bits of sdpa_kernel
NORMALS = np.random.default_rng(1).standard_normal(1_000_003, np.float32)


@dataclass(frozen=True)
class Case:
    """A step of sequences with `past` cached and `new` tokens, and the node's settings."""

    name: str
    past: tuple
    new: tuple
    heads: int = 8
    kv_heads: int = 2
    head_size: int = 64
    block_size: int = 256
    packed: bool = False
    rotary: str = ""  # half or interleaved
    rotary_dim: int = 0  # 0: all channels, down to a multiple of 16
    rotary_offset: int = 0
    norm: bool = False
    epsilon: float = 0.0  # 0: the attribute's default
    sink: bool = False
    slots: str = (
        ""  # derived: what the operator derives itself; skip: the last token is not written
    )
    causal: bool = True
    window: int = -1
    softcap: float = 0.0
    scale: float = 0.0
    value_head_size: int = 0  # of a latent cache
    k_quant: str = "PER_TENSOR"
    v_quant: str = "PER_TENSOR"
    metadata: tuple = ()
    spare_columns: int = 0
    sdpa_kernel: int = 0

    @property
    def latent(self):
        return self.value_head_size > 0

    @property
    def output_shape(self):
        return sum(self.new), self.heads * (self.value_head_size or self.head_size)


def tensors(case, activation, cache):
    """Inputs and attributes of a case for element types by name."""
    random = np.random.default_rng(zlib.crc32(f"{case.name}{activation}{cache}".encode()))
    dtype, codec = ACTIVATIONS[activation], FORMATS[cache]
    tokens = sum(case.new)
    table, blocks = block_table(case, random)

    def normal(*shape):
        start, size = random.integers(len(NORMALS)), int(np.prod(shape))
        return np.resize(NORMALS, start + size)[start:].reshape(shape)

    query = normal(tokens, case.heads * case.head_size).astype(dtype)
    key = normal(tokens, case.kv_heads * case.head_size).astype(dtype)
    value = normal(tokens, case.kv_heads * case.head_size).astype(dtype)
    inputs = {
        "query": np.concatenate([query, key, value], axis=1) if case.packed else query,
        "cumulative_sequence_length": np.cumsum([0, *case.new]).astype(np.int32),
        "past_seqlens": np.array(case.past, np.int32),
        "block_table": table,
    }
    if not case.packed:
        inputs["key"] = key
    if not case.packed and not case.latent:
        inputs["value"] = value
    attributes = {
        "num_heads": case.heads,
        "kv_num_heads": case.kv_heads,
        "is_causal": int(case.causal),
        "local_window_size": case.window,
        "softcap": case.softcap,
        "scale": case.scale,
    }
    for side, name in (("k", "key_cache"), ("v", "value_cache")):
        if side == "v" and case.latent:
            break
        stored = normal(blocks, case.block_size, case.kv_heads, case.head_size)
        scale = np.float32(1)
        if codec.quantised:
            granularity = getattr(case, f"{side}_quant")
            scale, inputs[f"{side}_scale"] = scales(stored, codec, granularity)
            attributes[f"{side}_quant_type"] = granularity
            if codec.codes_per_element == 2:
                attributes[f"{side}_cache_dtype"] = codec.attribute
        inputs[name] = codec.encode(stored, scale)
    add_optional(case, inputs, attributes, random, dtype)
    return inputs, attributes


def add_optional(case, inputs, attributes, random, dtype):
    """The inputs and attributes that a case may do without."""
    tokens, size = sum(case.new), case.head_size
    if case.latent:
        attributes |= {"kv_cache_layout": "LATENT", "v_head_size": case.value_head_size}
    if case.rotary:
        half = (case.rotary_dim or size // 16 * 16) // 2
        rows = max(p + n for p, n in zip(case.past, case.new))
        angles = random.uniform(0, 2 * np.pi, (rows, half))
        inputs["cos_cache"] = np.cos(angles).astype(dtype)
        inputs["sin_cache"] = np.sin(angles).astype(dtype)
        attributes |= {"do_rotary": 1, "rotary_interleaved": int(case.rotary == "interleaved")}
        attributes["rotary_offset"] = case.rotary_offset
    if case.slots:
        inputs["slot_mapping"] = derived_slots(case, inputs["block_table"])
    if case.slots == "skip" and tokens:
        inputs["slot_mapping"][-1] = -1
    if case.sink:
        inputs["head_sink"] = random.uniform(-2, 6, case.heads).astype(dtype)
    if case.norm:
        inputs["q_norm_weight"] = random.standard_normal(size).astype(dtype)
        inputs["k_norm_weight"] = random.standard_normal(size).astype(dtype)
        if case.epsilon:
            attributes["qk_norm_epsilon"] = case.epsilon
    if case.metadata:
        inputs["attention_metadata"] = np.array(case.metadata, np.int32)


def block_table(case, random):
    """A table that scatters the sequences over a pool with one block to spare; its size."""
    needed = [-(-(p + n) // case.block_size) for p, n in zip(case.past, case.new)]
    order = random.permutation(sum(needed) + 1).astype(np.int32)
    table = np.full((len(needed), max(*needed, 1) + case.spare_columns), -1, np.int32)
    for sequence, (end, count) in enumerate(zip(np.cumsum(needed), needed)):
        table[sequence, :count] = order[end - count : end]
    return table, len(order)


def derived_slots(case, table):
    """The slot of every token as the block table says."""
    slots = [
        table[sequence, position // case.block_size] * case.block_size + position % case.block_size
        for sequence, (p, n) in enumerate(zip(case.past, case.new))
        for position in range(p, p + n)
    ]
    return np.array(slots, np.int32)


def scales(stored, codec, granularity):
    """A scale with which nothing stored saturates: to divide by, and as the operator has it."""
    if granularity == "PER_TENSOR":
        scale = np.float32(np.abs(stored).max() / codec.high)
        return scale, scale.reshape(1)
    scale = np.abs(stored).max(axis=(0, 1)) / np.float32(codec.high)
    return scale, scale[:, None, :]


def assert_matches(actual, expected, case, activation, cache):
    """Caches: exact, but one step where keys are normalised or rotated. Output: `tolerance`."""
    codec = FORMATS[cache]
    changed = case.norm or bool(case.rotary)
    limits = tolerance(activation, cache, changed)
    assert_cache(actual["key_cache"], expected.key_cache, expected.slots, codec, limits, changed)
    if expected.value_cache is not None:
        assert_cache(actual["value_cache"], expected.value_cache, expected.slots, codec, limits)
    assert_close(actual["output"], expected.output, **limits)


def assert_cache(actual, expected, slots, codec, limits, changed=False):
    """Equal to the bit, or one step apart in the written slots if `changed`."""
    same = bits(actual) == bits(expected)
    if same.all():
        return
    rows = np.zeros(actual.shape[0] * actual.shape[1], bool)
    rows[slots[slots >= 0]] = True
    rows = rows.reshape(actual.shape[:2])
    assert same[~rows].all(), "a slot that no token was to be written to has changed"
    assert changed, f"{(~same).sum()} stored elements differ"
    if codec.quantised:
        steps = np.abs(codec.ranks(actual[rows]) - codec.ranks(expected[rows]))
        assert steps.max() <= 1, "a stored code is more than a step away"
    else:
        assert_close(actual[rows], expected[rows], **limits)


def assert_close(actual, expected, atol, rtol):
    """No element further away than atol + rtol * |expected|, and no NaN."""
    expected = np.asarray(expected, np.float64)
    excess = np.abs(actual.astype(np.float64) - expected)
    excess -= atol + rtol * np.abs(expected)
    worst = excess.max(initial=-np.inf)
    assert worst <= 0, f"{(~(excess <= 0)).sum()} of {excess.size} elements, by up to {worst}"


def bits(array):
    return array.view({1: np.uint8, 2: np.uint16, 4: np.uint32}[array.itemsize])


def tolerance(activation, cache, changed):
    """At most upstream's, which has no float32. Where keys are computed first, one of them may be
    stored a step away."""
    codec = FORMATS[cache]
    if codec.quantised and changed:
        atol = 2e-2 if codec.attribute.startswith("float") else 5e-3
        return {"atol": max(atol, 6e-3) if activation == "bfloat16" else atol, "rtol": 5e-3}
    if activation == "float32" and codec.quantised and cache != "float8e4m3fn":
        # Queries and weights have 16 bits then, a few more than float16.
        return {"atol": 4e-4, "rtol": 1e-4}
    return {
        "float32": {"atol": 1e-5, "rtol": 1e-5},
        "float16": {"atol": 8e-4, "rtol": 1e-3},
        "bfloat16": {"atol": 6e-3, "rtol": 5e-3},
    }[cache if changed else activation]


def over(cases, activations=tuple(ACTIVATIONS), caches=None):
    """Parametrises a test over cases and types; by default the cache has the activation's."""
    return pytest.mark.parametrize(
        "case, activation, cache",
        [
            pytest.param(case, activation, cache, id=f"{case.name}-{activation}-{cache}")
            for case in cases
            for activation in activations
            for cache in caches or [activation]
        ],
    )
