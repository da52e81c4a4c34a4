"""Calls that PagedAttention has to refuse, in the order of its checks."""

from dataclasses import replace

import numpy as np

from conformance_cases import Case
from conformance_refusals import SEPARATE, Rejection, attribute, given, shaped, without

LATENT = Case("latent", (5, 20), (3, 2), 4, 1, 96, 16, value_head_size=64, scale=0.1)
PACKED = replace(SEPARATE, packed=True)
ROTARY = replace(SEPARATE, rotary="half")
LATENT_ROTARY = replace(LATENT, rotary="half", rotary_dim=32, rotary_offset=64)
NORM = replace(SEPARATE, norm=True)
CHANNELS = replace(SEPARATE, k_quant="PER_CHANNEL", v_quant="PER_CHANNEL")

CONSTRUCTION = [
    *(attribute("num_heads", num_heads=value) for value in (0, -4)),
    *(attribute("kv_num_heads", kv_num_heads=value) for value in (0, -2, 3)),
    Rejection("num_heads_missing", "num_heads", lambda x, a: a.pop("num_heads"), when="load"),
    Rejection(
        "kv_num_heads_missing", "kv_num_heads", lambda x, a: a.pop("kv_num_heads"), when="load"
    ),
    *(
        attribute("qk_norm_epsilon", case=NORM, qk_norm_epsilon=value)
        for value in (0.0, -1.0, float("nan"), float("inf"))
    ),
    attribute("k_quant_type", k_quant_type="PER_TOKEN"),
    attribute("v_quant_type", v_quant_type="per_tensor"),
    attribute("Invalid KV cache data type", cache="int8", k_cache_dtype="uint4"),
    attribute("Invalid KV cache data type", cache="int8", v_cache_dtype="uint4"),
    attribute("kv_cache_layout", kv_cache_layout="HND"),
    attribute("v_head_size", v_head_size=-8),
    attribute("rotary_offset", rotary_offset=-8),
]

QUERY_KEY_VALUE = [
    shaped("query_rank", "query", query=(5, 4, 32)),
    shaped("query_not_divisible_by_heads", "query", query=(5, 130)),
    shaped(
        "head_size_not_a_multiple_of_8", "head_size", query=(5, 4 * 36), key=(5, 72), value=(5, 72)
    ),
    without("value_missing", "value", "value"),
    without("key_missing", "value", "key"),
    shaped("key_rank", "key", key=(5, 2, 32)),
    shaped("key_tokens", "key", key=(4, 64)),
    shaped("key_not_divisible_by_kv_heads", "key", key=(5, 63)),
    shaped("key_head_size", "key", key=(5, 128)),
    shaped("value_rank", "value", value=(5, 2, 32)),
    shaped("value_tokens", "value", value=(6, 64)),
    shaped("value_columns", "value", value=(5, 128)),
    replace(shaped("packed_columns", "query", PACKED, query=(5, 250)), when="either"),
    replace(shaped("packed_head_size", "head_size", PACKED, query=(5, 8 * 36)), when="either"),
    replace(shaped("packed_rank", "query", PACKED, query=(5, 8, 32)), when="either"),
]

CACHES = [
    without("value_cache_missing", "value_cache", "value_cache", outputs=("output",)),
    shaped("key_cache_rank", "key_cache", key_cache=(8, 16, 64)),
    shaped("block_size_8", "power of two", key_cache=(8, 8, 2, 32), value_cache=(8, 8, 2, 32)),
    shaped("block_size_24", "power of two", key_cache=(8, 24, 2, 32), value_cache=(8, 24, 2, 32)),
    shaped("key_cache_heads", "key_cache", key_cache=(8, 16, 3, 32)),
    shaped("key_cache_head_size", "key_cache", key_cache=(8, 16, 2, 40)),
    shaped("value_cache_rank", "value_cache", value_cache=(4, 16, 64)),
    shaped("value_cache_blocks", "value_cache", value_cache=(2, 16, 2, 32)),
    shaped("value_cache_block_size", "value_cache", value_cache=(4, 32, 2, 32)),
    shaped("value_cache_heads", "value_cache", value_cache=(4, 16, 4, 32)),
    shaped("value_cache_head_size", "value_cache", value_cache=(4, 16, 2, 64)),
    *(
        shaped(
            f"{side}_of_{cache}_not_halved", "dimension 3", cache=cache, **{side: (4, 16, 2, 32)}
        )
        for cache in ("int4", "float4e2m1")
        for side in ("key_cache", "value_cache")
    ),
    shaped(
        "no_blocks",
        "requires at least one physical cache block",
        key_cache=(0, 16, 2, 32),
        value_cache=(0, 16, 2, 32),
    ),
    *(
        Rejection(name, "value_cache_out", lambda x, a: None, when="either", outputs=outputs)
        for name, outputs in (("one_cache_output", ("output", "key_cache_out")),)
    ),
]

SEQUENCES = [
    shaped("cumulative_rank", "cumulative_sequence_length", cumulative_sequence_length=(3, 1)),
    shaped("cumulative_length", "cumulative_sequence_length", cumulative_sequence_length=(1,)),
    shaped("past_rank", "past_seqlens", past_seqlens=(2, 1)),
    shaped("past_length", "past_seqlens", past_seqlens=(3,)),
    shaped("table_rank", "block_table", block_table=(4,)),
    shaped("table_rows", "block_table", block_table=(3, 2)),
    shaped("table_without_columns", "dimension 1 must be positive", block_table=(2, 0)),
    given("slots_rank", "slot_mapping", "run", slot_mapping=np.zeros((5, 1), np.int32)),
    given("slots_length", "slot_mapping", "run", slot_mapping=np.zeros(4, np.int32)),
    given("sink_rank", "head_sink", "run", head_sink=np.zeros((4, 1), np.float16)),
    given("sink_length", "head_sink", "run", head_sink=np.zeros(2, np.float16)),
]

NORM_AND_ROTARY = [
    without("only_q_norm", "k_norm_weight", "k_norm_weight", case=NORM),
    without("only_k_norm", "q_norm_weight", "q_norm_weight", case=NORM),
    shaped("q_norm_length", "q_norm_weight", NORM, q_norm_weight=(16,)),
    shaped("k_norm_length", "k_norm_weight", NORM, k_norm_weight=(64,)),
    shaped("q_norm_rank", "q_norm_weight", NORM, q_norm_weight=(32, 1)),
    shaped("k_norm_rank", "k_norm_weight", NORM, k_norm_weight=(1, 32)),
    without("rotary_without_cos", "cos_cache", "cos_cache", case=ROTARY),
    without("rotary_without_sin", "sin_cache", "sin_cache", case=ROTARY),
    without("rotary_without_either", "cos_cache", "cos_cache", "sin_cache", case=ROTARY),
    given("only_cos", "sin_cache", cos_cache=np.zeros((64, 8), np.float16)),
    shaped("cos_too_wide", "cos_cache", ROTARY, cos_cache=(64, 24), sin_cache=(64, 24)),
    shaped("cos_not_a_multiple_of_8", "cos_cache", ROTARY, cos_cache=(64, 4), sin_cache=(64, 4)),
    shaped("sin_narrower", "sin_cache", ROTARY, sin_cache=(64, 8)),
    shaped("cos_too_short", "cos_cache", ROTARY, cos_cache=(21, 16), sin_cache=(21, 16)),
    given(
        "head_size_not_a_multiple_of_16",
        "head_size",
        case=replace(SEPARATE, head_size=40),
        cos_cache=np.zeros((64, 16), np.float16),
        sin_cache=np.zeros((64, 16), np.float16),
    ),
    attribute("multiple of 8", case=LATENT_ROTARY, when="either", rotary_offset=60),
    attribute("must not exceed head_size", case=LATENT_ROTARY, when="either", rotary_offset=96),
]

LATENT_LAYOUT = [
    without("latent_key_missing", "key", "key", case=LATENT),
    given("latent_value", "'value'", case=LATENT, value=lambda x: x["key"]),
    given(
        "latent_value_cache",
        "'value_cache' must be absent",
        case=LATENT,
        outputs=("output", "key_cache_out"),
        value_cache=lambda x: x["key_cache"].copy(),
    ),
    Rejection(
        "latent_value_cache_out",
        "value_cache_out must be absent",
        lambda x, a: None,
        LATENT,
        when="either",
        outputs=("output", "key_cache_out", "value_cache_out"),
    ),
    attribute("explicit 'scale'", "latent_no_scale", "either", LATENT, scale=0.0),
    given("latent_sink", "'head_sink'", case=LATENT, head_sink=np.zeros(4, np.float16)),
    given(
        "latent_norm",
        "q_norm_weight",
        case=LATENT,
        q_norm_weight=np.ones(96, np.float16),
        k_norm_weight=np.ones(96, np.float16),
    ),
    Rejection(
        "latent_two_kv_heads",
        "'kv_num_heads' must be 1",
        lambda x, a: (
            a.update(kv_num_heads=2),
            x.update(key=np.resize(x["key"], (5, 192))),
            x.update(key_cache=np.resize(x["key_cache"], (4, 16, 2, 96))),
        ),
        LATENT,
        when="either",
    ),
    shaped("latent_key_tokens", "key", LATENT, key=(4, 96)),
    shaped("latent_key_columns", "key", LATENT, key=(5, 88)),
    shaped("latent_query_columns", "query", LATENT, query=(5, 386)),
    attribute("v_head_size", "latent_v_head_size_too_large", "either", LATENT, v_head_size=104),
    attribute("v_quant_type", "latent_v_quant_type", "either", LATENT, v_quant_type="PER_TENSOR"),
    attribute("v_cache_dtype", "latent_v_cache_dtype", "either", LATENT, v_cache_dtype="float16"),
    given("latent_v_scale", "v_scale", case=LATENT, v_scale=np.ones(1, np.float32)),
    Rejection("latent_int4", "LATENT", lambda x, a: None, LATENT, "int4", "either"),
    attribute("may only differ from head_size", when="either", v_head_size=16),
]

QUANTISATION = [
    *(
        Rejection(
            f"{side}_codes_without_quant_type",
            f"{side}_quant_type",
            lambda x, a, side=side: (a.pop(f"{side}_quant_type"), x.pop(f"{side}_scale")),
            cache="int8",
            when="either",
        )
        for side in "kv"
    ),
    *(
        Rejection(
            f"{side}_quant_type_without_codes",
            "not quantized",
            lambda x, a, side=side: (
                a.update({f"{side}_quant_type": "PER_TENSOR"}),
                x.update({f"{side}_scale": np.ones(1, np.float32)}),
            ),
            when="either",
        )
        for side in "kv"
    ),
    *(
        given(f"{s}_scale_of_floats", f"{s}_scale", **{f"{s}_scale": np.ones(1, np.float32)})
        for s in "kv"
    ),
    *(without(f"{s}_scale_missing", f"{s}_scale", f"{s}_scale", cache="int8") for s in "kv"),
    *(
        shaped(f"{s}_scale_of_two", f"{s}_scale", cache="int8", **{f"{s}_scale": (2,)})
        for s in "kv"
    ),
    *(
        shaped(
            f"{s}_scale_for_one_head", f"{s}_scale", CHANNELS, "int8", **{f"{s}_scale": (1, 1, 32)}
        )
        for s in "kv"
    ),
    *(
        shaped(
            f"{s}_scale_transposed", f"{s}_scale", CHANNELS, "int8", **{f"{s}_scale": (32, 1, 2)}
        )
        for s in "kv"
    ),
    *(
        attribute(
            f"{side}_cache_dtype", when="either", cache=cache, **{f"{side}_cache_dtype": dtype}
        )
        for cache, dtype in (
            ("int8", "int4"),
            ("int8", "float4e2m1"),
            ("int8", "float16"),
            ("int8", "float8e4m3fn"),
            ("float8e4m3fn", "int8"),
            ("float16", "bfloat16"),
            ("float16", "int4"),
        )
        for side in "kv"
    ),
    *(
        attribute("explicit int4", when="either", cache="int4", **{f"{side}_cache_dtype": dtype})
        for dtype in ("", "int8", "float16")
        for side in "kv"
    ),
]

METADATA = [
    *(
        given(
            f"metadata_{'_'.join(map(str, values))}",
            says,
            "run",
            attention_metadata=np.array(values, np.int32),
        )
        for values, says in (
            ((-1, 1024), "must be non-negative"),
            ((3, -1), "must be non-negative"),
            ((3, 32, -1), "must be non-negative"),
            ((3, 22, 23), "must not exceed max_kv_len_bound"),
            ((3, 0, 33), "must not exceed max_kv_len_bound"),
            ((3, 1024, 33), "must not exceed max_kv_len_bound"),
            ((3, 22, 1, 0), "must have shape (2) or (3)"),
            ((3,), "must have shape (2) or (3)"),
        )
    ),
    given(
        "metadata_rank",
        "must have shape (2) or (3)",
        "run",
        attention_metadata=np.zeros((2, 1), np.int32),
    ),
]
