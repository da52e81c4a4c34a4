"""What must hold to the bit or in closed form, whatever a reference says."""

import numpy as np
import pytest
from conformance_cases import Case, assert_close, tensors
from conformance_grids import make
from conformance_reference import normalised, rotated

pytest_plugins = ["conformance_fixtures"]

OPERATOR = "PagedAttention"
LATENT = {"heads": 4, "kv_heads": 1, "head_size": 96, "value_head_size": 64, "block_size": 16}


def assert_same(a, b):
    for name in a:
        assert a[name].tobytes() == b[name].tobytes(), name


@pytest.mark.parametrize("bounds", [(1, 1024), (0, 0), (1 << 20, 1 << 20), (1, 1024, 1)], ids=str)
@pytest.mark.parametrize("cache", ["float16", "int8"])
def test_attention_metadata_changes_no_bit(host, cache, bounds):
    case = make("metadata", 4, 1, 1024)
    inputs, attributes = tensors(case, "float16", cache)
    without = host.call(OPERATOR, inputs, attributes, case.output_shape)
    inputs["attention_metadata"] = np.array(bounds, np.int32)
    assert_same(host.call(OPERATOR, inputs, attributes, case.output_shape), without)


@pytest.mark.parametrize(
    "table, window",
    [([0, 1], -1), ([2, 0], -1), ([-1, 1], 128)],
    ids=["contiguous", "fragmented", "negative_one"],
)
@pytest.mark.parametrize("cache", ["float16", "int8"])
def test_a_table_of_half_the_block_size_changes_no_bit(host, cache, table, window):
    case = Case("pages", (383,), (1,), window=window, block_size=256, metadata=(1, 512))
    inputs, attributes = tensors(case, "float16", cache)
    blocks = np.array([table], np.int32)
    shape = (max(table) + 1, 256, 2, 64)
    for name in ("key_cache", "value_cache"):
        inputs[name] = np.resize(inputs[name], shape)
    expanded = host.call(OPERATOR, inputs | {"block_table": blocks}, attributes, case.output_shape)
    halves = np.where(blocks[..., None] < 0, -1, blocks[..., None] * 2 + [0, 1]).reshape(1, -1)
    inputs["block_table"] = halves.astype(np.int32)
    for name in ("key_cache", "value_cache"):
        inputs[name] = inputs[name].reshape(-1, 128, 2, 64)
    assert_same(host.call(OPERATOR, inputs, attributes, case.output_shape), expanded)


@pytest.mark.parametrize("cache", ["float16", "int8"])
def test_a_bounded_ring_of_blocks_is_a_full_cache_to_the_bit(host, cache):
    window, block_size, last = 24, 16, 150
    settings = {"window": window, "block_size": block_size, "slots": "derived"}
    case = Case("ring", (last - 1,), (1,), **settings)
    full, attributes = tensors(case, "float16", cache)
    ring = {name: array.copy() for name, array in full.items()}
    blocks = -(-window // block_size) + 1
    columns = full["block_table"].shape[1]
    ring["block_table"] = np.full((1, columns), -1, np.int32)
    for name in ("key_cache", "value_cache"):
        ring[name] = ring[name][:blocks].copy()
    random = np.random.default_rng(3)
    for position in range(last):
        column, offset = divmod(position, block_size)
        full["slot_mapping"][:] = full["block_table"][0, column] * block_size + offset
        ring["block_table"][0, column] = column % blocks
        ring["block_table"][0, : max(0, position - window + 1) // block_size] = -1
        ring["slot_mapping"][:] = column % blocks * block_size + offset
        for name in ("query", "key", "value"):
            new = random.standard_normal(full[name].shape).astype(np.float16)
            full[name] = ring[name] = new
        full["past_seqlens"] = ring["past_seqlens"] = np.array([position], np.int32)
        a = host.call(OPERATOR, full, attributes, case.output_shape)
        b = host.call(OPERATOR, ring, attributes, case.output_shape)
        assert_same({"output": a.pop("output")}, {"output": b.pop("output")})
        full |= a
        ring |= b


@pytest.mark.parametrize(
    "magnitude, epsilon",
    [(1.0, 0.25), (0.0, 1e-12), (1e-6, 1e-12), (1000.0, 1e-6), (0.01, 0.0)],
    ids=["per_head", "zero", "small", "large", "default_epsilon"],
)
def test_qk_norm_and_reuse_of_the_cache(host, magnitude, epsilon):
    """TestPagedAttentionWebGpu.test_qk_norm_cpu_reference_and_cache_reuse"""
    heads = {"heads": 4, "kv_heads": 2, "block_size": 16}
    channels = np.linspace(-1, 1, 64)
    query = magnitude * np.outer([0.01, 0.3, 2.0, 20.0], channels)
    key = magnitude * np.outer([0.1, 3.0], channels[::-1])
    caches = {}
    for past in (15, 16):
        case = Case("reuse", (past,), (1,), norm=True, epsilon=epsilon, **heads)
        inputs, attributes = tensors(case, "float16", "float16")
        inputs |= {
            "query": query.reshape(1, -1).astype(np.float16),
            "key": key.reshape(1, -1).astype(np.float16),
            "q_norm_weight": np.linspace(0.2, 1.7, 64).astype(np.float16),
            "k_norm_weight": np.linspace(1.3, -0.7, 64).astype(np.float16),
            "block_table": np.array([[1, 0]], np.int32),
            **{name: inputs[name][:2] for name in ("key_cache", "value_cache")},
            **caches,
        }
        actual = host.call(OPERATOR, inputs, attributes, case.output_shape)
        q, k = (
            normalised(inputs[name].reshape(1, -1, 64), inputs[weight], attributes)[0]
            for name, weight in (("query", "q_norm_weight"), ("key", "k_norm_weight"))
        )
        keys, values = (
            inputs[name][[1, 0]].reshape(32, 2, 64).copy() for name in ("key_cache", "value_cache")
        )
        keys[past], values[past] = k, inputs["value"].reshape(2, 64)
        for head in range(4):
            seen = slice(past + 1), head // 2
            weights = np.exp(keys[seen].astype(float) @ q[head].astype(float) / 8)
            wanted = weights @ values[seen].astype(float) / weights.sum()
            output = actual["output"].reshape(4, 64)[head]
            assert_close(output, wanted, atol=5e-3, rtol=5e-3)
        assert_close(actual["key_cache"][[1, 0]].reshape(32, 2, 64), keys, atol=1e-3, rtol=1e-3)
        assert np.array_equal(actual["value_cache"][[1, 0]].reshape(32, 2, 64), values)
        caches = {name: actual[name] for name in ("key_cache", "value_cache")}


@pytest.mark.parametrize("count", [4, 65], ids=["split", "prefill"])
def test_a_non_causal_window_begins_at_the_query_and_ends_at_the_sequence(host, count):
    """Equal logits make the mean of the seen positions, plus one, of the output."""
    case = Case("bounds", (5, 0), (count, 2), 4, 2, block_size=16, causal=False, window=4)
    inputs, attributes = tensors(case, "float16", "float16")
    for name in ("query", "key", "key_cache"):
        inputs[name][:] = 0
    wanted, start = [], 0
    for sequence, (past, new) in enumerate(zip(case.past, case.new)):
        for position in range(past):
            block = inputs["block_table"][sequence, position // 16]
            inputs["value_cache"][block, position % 16] = position + 1
        for position in range(past, past + new):
            inputs["value"][start + position - past] = position + 1
            wanted.append((max(0, position - 3) + 1 + past + new) / 2)
        start += new
    output = host.call(OPERATOR, inputs, attributes, case.output_shape)["output"]
    wanted = np.broadcast_to(np.array(wanted)[:, None], output.shape)
    assert_close(output, wanted, atol=5e-3, rtol=5e-3)


def test_latent_values_are_the_first_channels_of_the_keys(host):
    """What lies behind them has no effect if the query is zero there."""
    case = Case("alias", (9, 0), (4, 4), scale=0.1, **LATENT)
    inputs, attributes = tensors(case, "float16", "float16")
    inputs["query"].reshape(8, 4, 96)[..., 64:] = 0
    output = host.call(OPERATOR, inputs, attributes, case.output_shape)["output"]
    for name in ("key", "key_cache"):
        inputs[name][..., 64:] = 0
    again = host.call(OPERATOR, inputs, attributes, case.output_shape)["output"]
    assert_close(again, output, atol=2e-3, rtol=2e-3)
    assert np.abs(output.astype(float)).max() > 1e-3


@pytest.mark.parametrize("rotary", ["half", "interleaved"])
def test_rotary_offset_matches_rotation_outside(host, rotary):
    settings = {"rotary": rotary, "rotary_dim": 32, "rotary_offset": 64, "scale": 0.1}
    case = Case("outside", (6, 2), (3, 5), **LATENT, **settings)
    inputs, attributes = tensors(case, "float16", "float16")
    inside = host.call(OPERATOR, inputs, attributes, case.output_shape)
    positions = np.array([6, 7, 8, 2, 3, 4, 5, 6])
    for name in ("query", "key"):
        x = inputs[name].reshape(8, -1, 96)
        inputs[name] = rotated(x, positions, inputs, attributes).reshape(8, -1)
    for name in ("cos_cache", "sin_cache"):
        del inputs[name]
    attributes |= {"do_rotary": 0, "rotary_offset": 0}
    outside = host.call(OPERATOR, inputs, attributes, case.output_shape)
    for name in outside:
        assert_close(inside[name], outside[name], atol=3e-3, rtol=3e-3)


def test_absorbed_latent_attention_matches_separate_heads(host):
    """The same attention with projected keys and values of every head in a cache of their own."""
    heads, rank, rope, nope, width = 4, 64, 32, 32, 64
    case = Case("absorbed", (9, 5), (4, 6), scale=0.125, **LATENT)
    inputs, attributes = tensors(case, "float32", "float32")
    random = np.random.default_rng(2)
    to_keys = random.standard_normal((rank, heads, nope)) * 0.1
    to_values = random.standard_normal((rank, heads, width)) * 0.1
    query = random.standard_normal((10, heads, nope + rope)) * 0.5
    absorbed = np.einsum("tnp,cnp->tnc", query[..., :nope], to_keys)
    absorbed = np.concatenate([absorbed, query[..., nope:]], axis=2)
    inputs["query"] = absorbed.reshape(10, -1).astype(np.float32)
    latent = host.call(OPERATOR, inputs, attributes, case.output_shape)
    output = np.einsum("tnc,cnv->tnv", latent["output"].reshape(10, heads, rank), to_values)

    rows = latent["key_cache"].astype(float)[:, :, 0]
    keys = np.einsum("bsc,cnp->bsnp", rows[..., :rank], to_keys)
    shared = np.broadcast_to(rows[:, :, None, rank:], (*keys.shape[:3], rope))
    values = np.einsum("bsc,cnv->bsnv", rows[..., :rank], to_values)
    names = ("cumulative_sequence_length", "past_seqlens", "block_table")
    separate = {name: inputs[name] for name in names} | {
        "query": query.reshape(10, -1).astype(np.float32),
        "key": np.zeros((10, heads * 64), np.float32),
        "value": np.zeros((10, heads * 64), np.float32),
        "key_cache": np.concatenate([keys, shared], axis=3).astype(np.float32),
        "value_cache": values.astype(np.float32),
        "slot_mapping": np.full(10, -1, np.int32),
    }
    settings = {"num_heads": heads, "kv_num_heads": heads, "scale": 0.125}
    plain = host.call(OPERATOR, separate, settings, (10, heads * 64))
    assert_close(plain["output"].reshape(output.shape), output, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("count", [1, 3])
def test_cache_outputs_are_optional(host, count):
    """TestPagedAttentionInt4.test_optional_cache_outputs"""
    outputs = ["output", "key_cache_out", "value_cache_out"][:count]
    for cache in ("float16", "int8", "int4"):
        case = Case("optional", (19, 7), (1, 1), block_size=16)
        inputs, attributes = tensors(case, "float16", cache)
        whole = host.call(OPERATOR, inputs, attributes, case.output_shape)
        part = host.call(OPERATOR, inputs, attributes, case.output_shape, outputs=outputs)
        assert_same(part, whole)
