"""TestPagedAttentionInt4 beyond its grid: exact codes, extreme scales, many sequences."""

import numpy as np
import pytest

from conformance_cases import QUANTISED, Case, assert_close, tensors
from conformance_formats import FORMATS
from conformance_reference import normalised, paged_attention, rotated

pytest_plugins = ["conformance_fixtures"]

OPERATOR = "PagedAttention"
FLOAT_MAX = np.finfo(np.float32).max
PACKED = ["int4", "float4e2m1"]
CHANNELS = {"k_quant": "PER_CHANNEL", "v_quant": "PER_CHANNEL"}
CLOSE = {"atol": 8e-4, "rtol": 5e-3}


def call(host, case, inputs, attributes):
    return host.call(OPERATOR, inputs, attributes, case.output_shape)


@pytest.mark.parametrize("cache", PACKED)
def test_known_packing(host, cache):
    """TestPagedAttentionInt4.test_int4_known_packing_and_padding"""
    codec = FORMATS[cache]
    pattern = [-9, -8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8]
    pattern += [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, -0.25, 0.25, 0.75, -0.75, 3.5, -1.25, 1.75, 0]
    case = Case("pattern", (0,), (1,), 4, 2, 32, 16)
    inputs, attributes = tensors(case, "float16", cache)
    pattern = np.array(pattern, np.float16)
    inputs["key"][:] = inputs["value"][:] = np.tile(pattern, 2)
    for side in "kv":
        inputs[f"{side}_scale"] = np.ones(1, np.float32)
    actual = call(host, case, inputs, attributes)
    packed = codec.encode(pattern, np.float32(1))
    if cache == "int4":
        signed = np.clip(np.rint(pattern), -8, 7).astype(np.int32)
        assert np.array_equal(packed, (signed[::2] + 8) | (signed[1::2] + 8) << 4)
    for name in ("key_cache", "value_cache"):
        wanted = inputs[name].copy()
        wanted[inputs["block_table"][0, 0], 0] = packed
        np.testing.assert_array_equal(actual[name], wanted)
    output = np.tile(codec.decode(packed, np.float32(1)), 4)
    np.testing.assert_array_equal(actual["output"][0].astype(float), output)


@pytest.mark.parametrize("interleaved", [False, True], ids=["half", "interleaved"])
@pytest.mark.parametrize("cache", QUANTISED)
def test_codes_follow_norm_and_partial_rotation(host, cache, interleaved):
    """TestPagedAttentionInt4.test_cache_write_follows_norm_and_partial_rope"""
    rotary = "interleaved" if interleaved else "half"
    shape = {"head_size": 64, "block_size": 16}
    case = Case("order", (0,), (5,), 4, 2, **shape, rotary=rotary, rotary_dim=32, norm=True)
    inputs, attributes = tensors(case, "float16", cache)
    for name in ("q_norm_weight", "k_norm_weight"):
        inputs[name] = np.linspace(0.8, 1.2, 64).astype(np.float16)
    actual = call(host, case, inputs, attributes)
    for name in ("query", "key"):
        x = normalised(inputs[name].reshape(5, -1, 64), inputs[f"{name[0]}_norm_weight"], {})
        inputs[name] = rotated(x, np.arange(5), inputs, attributes).reshape(5, -1)
    for name in ("cos_cache", "sin_cache", "q_norm_weight", "k_norm_weight"):
        del inputs[name]
    attributes["do_rotary"] = 0
    wanted = call(host, case, inputs, attributes)
    for name in ("key_cache", "value_cache"):
        np.testing.assert_array_equal(actual[name], wanted[name])
    assert_close(actual["output"], wanted["output"], **CLOSE)


@pytest.mark.parametrize("length", [1, 3])
@pytest.mark.parametrize("cache", QUANTISED)
def test_a_large_attention_scale_and_the_largest_key_scale(host, cache, length):
    """TestPagedAttentionInt4.test_xqa_large_attention_scale_and_k_scale"""
    inputs, attributes, case = extreme(cache, length, query=0.25, scale=2.0)
    inputs["k_scale"][:] = FLOAT_MAX
    actual = call(host, case, inputs, attributes)
    assert_close(actual["output"], np.ones(case.output_shape), **CLOSE)
    assert_untouched(actual, inputs)


@pytest.mark.parametrize("first", [1.0, 2.0])
@pytest.mark.parametrize("length", [1, 3])
@pytest.mark.parametrize("cache", QUANTISED)
def test_key_scales_far_apart(host, cache, length, first):
    """TestPagedAttentionInt4.test_per_channel_scale_dynamic_range"""
    inputs, attributes, case = extreme(cache, length, query=1.0, scale=1.0)
    inputs["k_scale"][:] = 1
    inputs["k_scale"][..., 0] = first
    inputs["k_scale"][..., 1] = 1e8
    actual = call(host, case, inputs, attributes)
    wanted = np.exp(first) / (np.exp(first) + np.arange(1, length + 1))
    assert_close(actual["output"], np.repeat(wanted[:, None], 1536, axis=1), **CLOSE)
    assert_untouched(actual, inputs)


def extreme(cache, length, query, scale):
    """Position 0 has key e0 and value 1, all others key and value 0; nothing is written."""
    settings = {"scale": scale, "slots": "derived", **CHANNELS}
    case = Case("extreme", (1,), (length,), 6, 1, 256, 128, **settings)
    inputs, attributes = tensors(case, "float16", cache)
    inputs["slot_mapping"][:] = -1
    inputs["query"][:] = 0
    inputs["query"].reshape(length, 6, 256)[..., 0] = query
    block = inputs["block_table"][0, 0]
    for side, name in (("k", "key_cache"), ("v", "value_cache")):
        numbers = np.zeros((len(inputs[name]), 128, 1, 256), np.float32)
        if side == "k":
            numbers[block, 0, 0, 0] = 1
        else:
            numbers[block, 0] = 1
        inputs[name] = FORMATS[cache].encode(numbers, np.float32(1))
        inputs[f"{side}_scale"] = np.ones((1, 1, 256), np.float32)
    return inputs, attributes, case


def assert_untouched(actual, inputs):
    for name in ("key_cache", "value_cache"):
        assert actual[name].tobytes() == inputs[name].tobytes()


@pytest.mark.parametrize("cache", QUANTISED)
@pytest.mark.parametrize(
    "name, scale",
    [
        ("all_zero", [0, 0]),
        ("mixed_zero", [0, 1]),
        ("negative", [-1, -1]),
        ("subnormal", [1e-45, 1e-45]),
        ("nan", [np.nan, np.nan]),
        ("infinity", [np.inf, np.inf]),
    ],
)
def test_unusual_key_scales(host, cache, name, scale):
    """TestPagedAttentionInt4.test_per_channel_scale_values_and_nonfinite_routing"""
    case = Case("one token", (0,), (1,), 6, 1, 256, 128, **CHANNELS)
    inputs, attributes = tensors(case, "float16", cache)
    raw = np.tile(np.array([0, 1, -1, 0], np.float16), 64)
    inputs["query"][:] = 0
    inputs["key"][:] = inputs["value"][:] = raw
    inputs["k_scale"] = np.tile(np.float32(scale), 128).reshape(1, 1, 256)
    inputs["v_scale"] = np.ones((1, 1, 256), np.float32)
    actual = call(host, case, inputs, attributes)
    if np.isfinite(scale).all():
        expected = paged_attention(inputs, attributes)
        assert actual["key_cache"].tobytes() == expected.key_cache.tobytes()
        assert actual["value_cache"].tobytes() == expected.value_cache.tobytes()
        assert_close(actual["output"], np.tile(raw, 6)[None], atol=0, rtol=0)


@pytest.mark.parametrize("cache", QUANTISED)
@pytest.mark.parametrize("magnitude", [2.0**-24, 1e10], ids=["tiny", "huge"])
def test_codes_of_magnitudes_far_from_the_scale(host, cache, magnitude):
    """TestPagedAttentionInt4.test_int4_scale_extremes"""
    case = Case("magnitudes", (0,), (1,), 4, 2, 32, 16)
    inputs, attributes = tensors(case, "bfloat16", cache)
    for side, name in (("k", "key"), ("v", "value")):
        inputs[name][:] = np.tile([-magnitude, magnitude], 32)
        inputs[f"{side}_scale"] = np.full(1, 1e-6, np.float32)
    actual = call(host, case, inputs, attributes)
    expected = paged_attention(inputs, attributes)
    assert actual["key_cache"].tobytes() == expected.key_cache.tobytes()
    assert actual["value_cache"].tobytes() == expected.value_cache.tobytes()


@pytest.mark.parametrize("cache", QUANTISED)
def test_numbers_are_divided_by_the_scale_not_multiplied_by_its_inverse(host, cache):
    """Numbers half-way between two codes, where the inverse would round to the other one."""
    codec, random = FORMATS[cache], np.random.default_rng(4)
    numbers = codec.values(np.arange(256, dtype=np.uint8).view(codec.dtype))
    numbers = np.unique(numbers[np.isfinite(numbers)])
    halfway = random.choice((numbers[1:] + numbers[:-1]) / 2, 100_000)
    scale = random.uniform(0.01, 1, 100_000).astype(np.float32)
    number = (halfway * scale).astype(np.float32)
    ranks, others = (
        codec.ranks(codec.encode(x, np.float32(1)))
        for x in (number / scale, number * (np.float32(1) / scale))
    )
    telling = np.flatnonzero(ranks != others)[:256]
    number, scale = number[telling], scale[telling]
    case = Case("ties", (0,), (1,), 2, 2, 128, 16, **CHANNELS)
    inputs, attributes = tensors(case, "float32", cache)
    inputs["key"][0] = inputs["value"][0] = number
    for side in "kv":
        inputs[f"{side}_scale"] = scale.reshape(2, 1, 128)
    actual = call(host, case, inputs, attributes)
    expected = paged_attention(inputs, attributes)
    assert actual["key_cache"].tobytes() == expected.key_cache.tobytes()
    assert actual["value_cache"].tobytes() == expected.value_cache.tobytes()


@pytest.mark.parametrize("cache", QUANTISED)
def test_a_scale_may_have_no_middle_dimension(host, cache):
    case = Case("flat scale", (19, 7), (1, 2), 4, 2, 64, 16, **CHANNELS)
    inputs, attributes = tensors(case, "float16", cache)
    wanted = call(host, case, inputs, attributes)
    for side in "kv":
        inputs[f"{side}_scale"] = inputs[f"{side}_scale"].reshape(2, 64)
    actual = call(host, case, inputs, attributes)
    for name in wanted:
        assert actual[name].tobytes() == wanted[name].tobytes()


@pytest.mark.parametrize("cache", ["float16", "int8", "float8e4m3fn"])
def test_a_cache_type_that_names_the_tensors_own_type_is_accepted(host, cache):
    """TestPagedAttentionQuantizedCache.test_cache_dtype_naming_the_cache_tensor_type_is_accepted"""
    case = Case("named", (19, 7), (1, 2), 4, 2, 64, 16)
    inputs, attributes = tensors(case, "float16", cache)
    wanted = call(host, case, inputs, attributes)
    named = attributes | {"k_cache_dtype": cache, "v_cache_dtype": cache}
    actual = call(host, case, inputs, named)
    for name in wanted:
        assert actual[name].tobytes() == wanted[name].tobytes()


@pytest.mark.parametrize("cache", ["float16", *QUANTISED])
def test_eight_thousand_sequences(host, cache):
    """TestPagedAttentionInt4.test_int4_speculative_decode_exceeds_grid_y_limit"""
    count = 8192
    case = Case("one of many", (0,), (8,), 1, 1, 64, 16, slots="derived")
    inputs, attributes = tensors(case, "float16", cache)
    wanted = paged_attention(inputs, attributes)
    blocks, block_size = inputs["key_cache"].shape[:2]
    first = np.arange(count, dtype=np.int32)[:, None] * blocks
    for name in ("query", "key", "value", "key_cache", "value_cache"):
        inputs[name] = np.tile(inputs[name], (count, *[1] * (inputs[name].ndim - 1)))
    inputs |= {
        "past_seqlens": np.zeros(count, np.int32),
        "cumulative_sequence_length": np.arange(count + 1, dtype=np.int32) * 8,
        "block_table": inputs["block_table"] + first,
        "slot_mapping": (inputs["slot_mapping"] + first * block_size).reshape(-1),
    }
    actual = host.call(OPERATOR, inputs, attributes, (count * 8, 64))
    assert_close(actual["output"], np.tile(wanted.output, (count, 1)), **CLOSE)
    for name in ("key_cache", "value_cache"):
        many = np.tile(getattr(wanted, name), (count, 1, 1, 1))
        assert actual[name].tobytes() == many.tobytes()
