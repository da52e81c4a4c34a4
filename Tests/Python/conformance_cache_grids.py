"""More grids of ONNX Runtime's tests: quantised and latent caches, speculation, metadata."""

import itertools
from dataclasses import replace

from conformance_cases import DECODER, EFFICIENT, Case
from conformance_grids import make


def quantised():
    """TestPagedAttentionQuantizedCache; upstream int8 and float8e4m3fn, here every code."""

    def base(name, quant="PER_CHANNEL", **settings):
        return make(name, 4, 33, 128, **{"k_quant": quant, "v_quant": quant, **settings})

    for quant in ("PER_TENSOR", "PER_CHANNEL"):
        yield base(f"cache-{quant}", quant)
        yield base(f"cache_with_rotary_and_packed-{quant}", quant, rotary="half", packed=True)
    yield base("cache_with_qk_norm_and_slot_mapping", norm=True, slots="derived", rotary="half")
    yield base("cache_with_rotary_and_qk_norm", rotary="half", norm=True)
    yield base("cache_local_and_softcap", "PER_TENSOR", local=True, softcap=50.0)
    yield base("cache_mixed_granularity", v_quant="PER_TENSOR")
    yield base("cache_mixed_granularity_reversed", k_quant="PER_TENSOR")
    for block_size in (16, 32, 64):
        yield base(f"cache_small_block_size_{block_size}", block_size=block_size)
    yield base("cache_mea", sdpa_kernel=EFFICIENT)


def decode_quantised():
    """TestPagedAttentionPagedDecode over quantised caches."""

    def base(name, new=(1, 1, 1, 1), **settings):
        quant = {"k_quant": "PER_CHANNEL", "v_quant": "PER_CHANNEL"}
        return replace(make(name, 4, max(new), 128, **{**quant, **settings}), new=new)

    yield base("cache-PER_TENSOR", k_quant="PER_TENSOR", v_quant="PER_TENSOR")
    yield base("cache-PER_CHANNEL")
    yield base("ragged", (3, 0, 0, 1))
    yield base("mixed_granularity", v_quant="PER_TENSOR")
    yield base("local_softcap_and_sink", local=True, softcap=50.0, sink=True)
    yield base("rotary", rotary="half")


def xqa_decode():
    """TestPagedAttentionXqaDecode."""

    def base(name, new=1, total=1024, batch=4, **settings):
        return make(name, batch, new, total, **settings)

    channel = {"k_quant": "PER_CHANNEL", "v_quant": "PER_CHANNEL"}
    for size in (64, 128):
        yield base(f"head_size_{size}", head_size=size)
    for heads, kv_heads in ((8, 2), (12, 2), (8, 1), (16, 1), (32, 1)):
        yield base(f"head_grouping_{heads // kv_heads}", heads=heads, kv_heads=kv_heads)
    yield base("group_size_six_dispatch_head64_per_tensor", heads=48, kv_heads=8)
    yield base(
        "group_size_six_dispatch_head128_per_channel",
        heads=48,
        kv_heads=8,
        head_size=128,
        **channel,
    )
    for block_size in (128, 256, 512):
        yield base(f"block_size_{block_size}", block_size=block_size)
    yield base("batch_one", batch=1)
    yield base("long_context_multi_block", total=8192, batch=2)
    yield base("short_context", total=8, batch=1)
    yield base("context_not_page_aligned", total=1000)
    yield base("per_channel", **channel)
    yield base("mixed_granularity", k_quant="PER_CHANNEL")
    yield base("local_window", local=True)
    yield base("head_sink", sink=True)
    yield base("head_sink_and_local", sink=True, local=True)
    yield base("rotary", rotary="half")
    yield base("rotary_interleaved_and_packed", rotary="interleaved", packed=True)
    yield base("qk_norm_and_slot_mapping", norm=True, slots="derived", rotary="half")
    yield base("softcap_falls_back", softcap=50.0)
    yield base("unsupported_head_size_falls_back", head_size=96)
    yield base("unsupported_block_size_falls_back", block_size=64)
    yield base("multi_token_step_falls_back", new=2)


def xqa_non_causal():
    """TestPagedAttentionXqaDecode.test_xqa_non_causal, over float and quantised caches."""
    for local in (False, True):
        yield Case(
            f"non_causal_{'local' if local else 'full'}",
            past=(17, 29, 7, 63),
            new=(1, 1, 1, 1),
            heads=6,
            kv_heads=1,
            head_size=256,
            causal=False,
            window=4 if local else -1,
            metadata=(1, 256),
        )


def speculative():
    """TestPagedAttentionXqaSpeculative."""

    def base(name, new, total=1024, **settings):
        shape = {"heads": 6, "kv_heads": 1, "head_size": 256, "metadata": (max(new), total)}
        return replace(make(name, len(new), max(new), total, **{**shape, **settings}), new=new)

    for count in range(2, 9):
        yield base(f"query_length_{count}", (count,) * 4)
    for count in range(2, 10):
        yield base(f"head_size_128-query_length_{count}", (count,) * 4, head_size=128)
    yield base("ragged_batch_ragged", (1, 8, 3, 8))
    yield base("ragged_batch_inactive", (0, 0, 0, 7))
    yield base("ragged_batch_uniform2", (2, 2, 2, 2))
    yield base("ragged_batch_fewer_tokens_than_sequences", (0, 0, 0, 2))
    for local in (False, True):
        case = base("", (1, 8, 0, 3), 128, causal=False, window=4 if local else -1)
        name = f"non_causal_ragged_{'local' if local else 'full'}"
        yield replace(case, name=name, past=(17, 29, 7, 0))
    for total in (64, 256, 1000, 8192):
        yield base(f"context_length_{total}", (8, 8), total)
    for block_size in (128, 512):
        yield base(f"block_size_{block_size}", (8, 8), block_size=block_size)
    yield base("per_channel_scales", (8, 8, 8, 8), k_quant="PER_CHANNEL", v_quant="PER_CHANNEL")
    yield base("batch_one", (8,))
    for count in range(6, 9):
        yield base(f"local_window_q{count}", (count, count), window=64)
        yield base(f"head_sink_q{count}", (count, count), sink=True)
    yield base("head_sink_and_local", (8, 8), sink=True, window=64)
    yield base("bound_above_specialization_falls_back", (9, 9, 9, 9))


def metadata():
    """TestPagedAttentionAttentionMetadata."""

    def base(name, new=1, total=1024, batch=4, bounds=None, **settings):
        settings["metadata"] = bounds or (new, total)
        return make(name, batch, new, total, **settings)

    def ragged(name, new, **settings):
        return replace(base(name, max(new), **settings), new=new)

    channel = {"k_quant": "PER_CHANNEL", "v_quant": "PER_CHANNEL"}
    yield base("prefill_flash_attention", 256, 256)
    yield base("decode_unquantized", sdpa_kernel=DECODER)
    yield base("decode_xqa_per_channel", **channel)
    yield base("decode_xqa_per_tensor")
    yield base("decode_softcap_portable_kernel", softcap=50.0)
    yield base("decode_local_window", local=True)
    yield base("chunked_prefill_dense_gather", 8)
    yield ragged("ragged_new_token_counts", (2, 0, 1, 1))
    yield ragged("ragged_new_token_counts_decode_kernel", (2, 0, 1, 1), sdpa_kernel=DECODER)
    yield ragged("zero_new_tokens_in_batch", (1, 0, 1, 1))
    yield base("batch_one", batch=1, sdpa_kernel=DECODER)
    yield base("unknown_bounds_fall_back_to_readback", bounds=(0, 0))
    yield base("over_large_bounds_are_clamped", bounds=(1 << 20, 1 << 20))
    yield base("lower_bound", bounds=(1, 1024, 1))


def mla(**settings):
    """TestPagedAttentionMLA."""

    def base(name, past, new, **more):
        shape = {
            "heads": 4,
            "kv_heads": 1,
            "head_size": 96,
            "value_head_size": 64,
            "block_size": 16,
        }
        return Case(name, past, new, **{**shape, "scale": 96**-0.5, **settings, **more})

    yield base("prefill", (0, 0), (13, 7))
    yield base("decode", (31, 18), (1, 1))
    yield base("chunked_prefill", (20, 9, 5), (6, 1, 0))
    for cached, local in itertools.product((False, True), (False, True)):
        yield base(
            f"non_causal_ragged-{'cached' if cached else 'prefill'}-{'local' if local else 'full'}",
            (17, 129, 7, 63) if cached else (0, 0, 0, 0),
            (1, 8, 0, 3),
            causal=False,
            window=4 if local else -1,
        )
    yield base("local_window", (24, 24), (5, 5), window=8)
    yield base("softcap", (12, 12), (4, 4), softcap=30.0)
    yield base("slot_mapping", (12, 30), (4, 3), slots="skip")
    yield base("whole_row_is_the_value", (12, 30), (4, 3), value_head_size=96)
    for rotary in ("half", "interleaved"):
        offset = {"rotary": rotary, "rotary_dim": 32, "rotary_offset": 64}
        yield base(f"rotary_offset-{rotary}", (6, 2), (3, 5), **offset)
    deepseek = {"heads": 8, "head_size": 576, "value_head_size": 512, "scale": 192**-0.5}
    rotary = {"rotary": "interleaved", "rotary_dim": 64, "rotary_offset": 512}
    yield base("deepseek_v3_geometry", (17, 3), (1, 4), **deepseek)
    yield base("deepseek_v3_geometry_with_rotary", (170, 65), (1, 40), **deepseek, **rotary)


def int4():
    """TestPagedAttentionInt4: cases that compare output and caches."""

    def base(name, past=(19, 7), new=(1, 1), quant="PER_CHANNEL", **settings):
        shape = {"heads": 4, "kv_heads": 2, "block_size": 16, "slots": "derived"}
        bounds = (max(new), max(p + n for p, n in zip(past, new)), 1)
        shape |= {"k_quant": quant, "v_quant": quant, "metadata": bounds}
        return Case(name, past, new, **{**shape, **settings})

    for width, quant in itertools.product((16, 32, 64, 128, 256), ("PER_CHANNEL", "PER_TENSOR")):
        yield base(f"decode_pack-{width}-{quant}", quant=quant, head_size=width)
    yield base(
        "packed_qkv_and_skipped_slot",
        (15, 7, 31),
        (3, 0, 2),
        head_size=128,
        packed=True,
        slots="skip",
    )
    yield base("prefill", (0, 0), (65, 33), head_size=128)
    yield base("chunked_prefill", (23, 7), (33, 17), head_size=128)
    transformed = {"sink": True, "softcap": 2.0, "window": 23}
    large = {"head_size": 256, "heads": 24, "kv_heads": 4}
    yield base("speculative_decode_transformed", (31, 7), (8, 3), head_size=256, **transformed)
    yield base("speculative_decode_128", (257, 7), (8, 3), head_size=128)
    yield base("speculative_decode_large", (31, 7), (8, 3), **large)
    yield base("splitkv_and_derived_slots", (513, 0), head_size=128, slots="")
    for block_size, window in itertools.product((128, 256), (-1, 129)):
        name = f"xqa_decode-page{block_size}-window{window}"
        yield base(name, (513, 138), block_size=block_size, window=window, sink=True, **large)
    yield base(
        "xqa_unsupported_scales_fall_back", (513, 138), quant="PER_TENSOR", block_size=256, **large
    )
    for new, window in itertools.product(((2, 1), (8, 3), (0, 8)), (-1, 129)):
        name = f"xqa_speculative_decode-{new[0]}_{new[1]}-window{window}"
        yield base(name, (513, 138), new, block_size=256, window=window, sink=True, **large)
    for new in ((1, 1), (3, 1)):
        one = {"head_size": 256, "heads": 6, "kv_heads": 1, "block_size": 128}
        name = f"{new[0]}_{new[1]}"
        yield base(f"per_channel_k_keeps_xqa-{name}", (129, 17), new, **one)
        yield base(
            f"scalar_k_per_channel_v_keeps_xqa-{name}", (129, 17), new, k_quant="PER_TENSOR", **one
        )
    for quant, new in itertools.product(("PER_TENSOR", "PER_CHANNEL"), ((1, 1), (33, 17))):
        yield base(f"cache_regression-{quant}-{new[0]}", new=new, quant=quant, head_size=128)
