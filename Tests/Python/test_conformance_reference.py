"""The NumPy reference itself: what must hold without any plugin."""

import ml_dtypes
import numpy as np
import pytest

from conformance_cases import QUANTISED, Case, tensors
from conformance_formats import FORMATS
from conformance_reference import lengths, paged_attention
from paged_reference import paged_attention as plain_loops

STEP = {"past": (20, 0, 5), "new": (3, 17, 0), "heads": 4, "kv_heads": 2, "block_size": 16}


@pytest.mark.parametrize("packed", [False, True], ids=["unpacked", "packed"])
@pytest.mark.parametrize("rotary", ["", "half", "interleaved"])
def test_it_agrees_with_plain_loops(rotary, packed):
    case = Case("loops", head_size=32, packed=packed, rotary=rotary, window=9, softcap=3.0, **STEP)
    inputs, _ = tensors(case, "float32", "float32")
    result = paged_attention(*tensors(case, "float32", "float32"))
    output, key_cache, value_cache = plain_loops(
        inputs["query"],
        inputs.get("key"),
        inputs.get("value"),
        inputs["key_cache"],
        inputs["value_cache"],
        inputs["cumulative_sequence_length"],
        inputs["past_seqlens"],
        inputs["block_table"],
        heads=4,
        kv_heads=2,
        cos=inputs.get("cos_cache"),
        sin=inputs.get("sin_cache"),
        interleaved=rotary == "interleaved",
        softcap=3.0,
        window=9,
    )
    np.testing.assert_allclose(result.output, output, atol=1e-6)
    np.testing.assert_array_equal(result.key_cache, key_cache)
    np.testing.assert_array_equal(result.value_cache, value_cache)


@pytest.mark.parametrize("granularity", ["PER_TENSOR", "PER_CHANNEL"])
@pytest.mark.parametrize("cache", QUANTISED)
def test_a_quantised_cache_is_attended_as_its_dequantised_numbers(cache, granularity):
    case = Case("codes", k_quant=granularity, v_quant=granularity, sink=True, causal=False, **STEP)
    inputs, attributes = tensors(case, "float32", cache)
    result = paged_attention(inputs, attributes)
    plain = {name: array for name, array in inputs.items() if not name.endswith("_scale")}
    for side, name in (("k", "key_cache"), ("v", "value_cache")):
        scale = inputs[f"{side}_scale"]
        scale = scale if scale.size == 1 else scale[:, 0]
        plain[name] = FORMATS[cache].decode(getattr(result, name), scale).astype(np.float32)
    plain["slot_mapping"] = np.full(len(inputs["query"]), -1, np.int32)
    names = ("num_heads", "kv_num_heads", "is_causal")
    dequantised = paged_attention(plain, {name: attributes[name] for name in names})
    np.testing.assert_allclose(result.output, dequantised.output, atol=1e-6)


def test_absorbed_latent_attention_is_attention_over_projected_keys_and_values():
    heads, rank, rope, nope, width = 4, 64, 32, 32, 16
    case = Case(
        "absorbed", (9, 5), (4, 6), heads, 1, rank + rope, 16, value_head_size=rank, scale=0.125
    )
    inputs, attributes = tensors(case, "float32", "float32")
    random = np.random.default_rng(2)
    to_keys = random.standard_normal((rank, heads, nope)) * 0.1
    to_values = random.standard_normal((rank, heads, width)) * 0.1
    query = random.standard_normal((10, heads, nope + rope)) * 0.5
    absorbed = np.einsum("tnp,cnp->tnc", query[..., :nope], to_keys)
    absorbed = np.concatenate([absorbed, query[..., nope:]], axis=2)
    inputs["query"] = absorbed.reshape(10, -1).astype(np.float32)
    result = paged_attention(inputs, attributes)
    output = np.einsum("tnc,cnv->tnv", result.output.reshape(10, heads, rank), to_values)
    rows = result.key_cache.reshape(-1, rank + rope)
    for sequence, (past, start, end) in enumerate(((9, 0, 4), (5, 4, 10))):
        for token in range(start, end):
            positions = np.arange(past + token - start + 1)
            blocks = inputs["block_table"][sequence, positions // 16]
            row = rows[blocks * 16 + positions % 16]
            keys = np.einsum("lc,cnp->lnp", row[:, :rank], to_keys)
            logits = np.einsum("np,lnp->nl", query[token, :, :nope], keys)
            logits = (logits + query[token, :, nope:] @ row[:, rank:].T) * 0.125
            weights = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
            values = np.einsum("lc,cnv->lnv", row[:, :rank], to_values)
            wanted = np.einsum("nl,lnv->nv", weights, values)
            np.testing.assert_allclose(output[token], wanted, atol=1e-6)


def test_float4_codes_are_those_of_ml_dtypes():
    x = np.arange(-8, 8, 1 / 64, dtype=np.float32).reshape(-1, 2)
    codes = FORMATS["float4e2m1"].encode(x, np.float32(1))
    wanted = np.clip(x, -6, 6).astype(ml_dtypes.float4_e2m1fn).view(np.uint8)
    np.testing.assert_array_equal(codes, wanted[:, :1] | wanted[:, 1:] << 4)


def test_int4_codes_are_rounded_to_even_and_stored_with_eight_added():
    x = np.array([-9, -8, -2.5, -0.5, 0.5, 1.5, 7, 8], np.float32)
    codes = FORMATS["int4"].encode(x, np.float32(1))
    assert codes.tolist() == [0x00, 0x86, 0xA8, 0xFF]


@pytest.mark.parametrize("cache", QUANTISED)
def test_what_a_code_stands_for_is_stored_as_that_code(cache):
    codec = FORMATS[cache]
    codes = np.arange(256, dtype=np.uint8).view(codec.dtype)
    if cache == "float8e4m3fn":
        codes = codes[np.isfinite(codes.astype(np.float32))]
    stored = codec.encode(codec.decode(codes, np.float32(0.5)), np.float32(0.5))
    np.testing.assert_array_equal(codec.ranks(stored), codec.ranks(codes))


def test_malformed_lengths_make_a_sequence_invalid_and_are_put_in_order():
    inputs = {
        "cumulative_sequence_length": np.array([5, -2, 1], np.int32),
        "past_seqlens": np.array([-4, 100], np.int32),
    }
    cumulative, past, valid = lengths(inputs, 3, 32)
    assert cumulative.tolist() == [0, 0, 3]
    assert past.tolist() == [0, 0]
    assert valid.tolist() == [False, False]
