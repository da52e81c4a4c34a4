"""The grids of ONNX Runtime's own PagedAttention tests, by the names of its test classes.

Feature grids are complete. Token counts are smaller where the number is not the point; one case
keeps upstream's full size. Here: the classes whose caches hold the numbers themselves.
"""

import itertools
import zlib
from dataclasses import replace

import numpy as np

from conformance_cases import DECODER, EFFICIENT, Case

ROTARY = {"half": "half", "interleaved": "interleaved", "no_rotary": ""}
PACKED = {"unpacked": False, "packed": True}


def lengths(name, batch, new, total):
    """Random lengths of `batch` sequences, of which the first has the most new and past tokens."""
    random = np.random.default_rng(zlib.crc32(name.encode()))
    past = random.integers(0, total - new + 1, batch)
    count = random.integers(1, new + 1, batch)
    past[0], count[0] = total - new, new
    return {"past": tuple(past.tolist()), "new": tuple(count.tolist())}


def make(name, batch, new, total, **settings):
    if settings.pop("local", False):
        settings["window"] = 1 + zlib.crc32(name.encode()) % (total - 1)
    return Case(name, **{**lengths(name, batch, new, total), **settings})


def parity():
    """TestPagedAttention."""
    for (r, rotary), (p, packed), local, softcap in itertools.product(
        ROTARY.items(), PACKED.items(), (False, True), (0.0, 50.0)
    ):
        name = f"{r}-{p}-{'local' if local else 'global'}-softcap{softcap:g}"
        yield make(
            name,
            4,
            67,
            300,
            head_size=256,
            rotary=rotary,
            packed=packed,
            local=local,
            softcap=softcap,
        )


def parity_full_size():
    shape = {"heads": 32, "kv_heads": 8, "head_size": 256}
    return make("full_size", 4, 1025, 2047, rotary="half", packed=True, **shape)


def parity_all_shapes():
    """TestPagedAttention outside its pipeline mode: every head size with every head count."""
    sizes = [32, 40, 64, 80, 96, 128, 160, 192, 224, 256]
    steps = [
        (3, 1024), (1, 339), (51, 100), (41, 100), (16, 512), (52, 250), (17, 49),
        (64, 64), (57, 57),
    ]  # fmt: skip
    for index, (size, heads) in enumerate(
        itertools.product(sizes, [(6, 6), (6, 3), (9, 9), (9, 3)])
    ):
        new, total = steps[index % 9]
        rotary = ["", "half", "interleaved"][index % 3] if size % 16 == 0 else ""
        yield make(
            f"head_size{size}-heads{heads[0]}_{heads[1]}",
            (1, 3, 5)[index // 3 % 3],
            new,
            total,
            heads=heads[0],
            kv_heads=heads[1],
            head_size=size,
            block_size=(256, 512)[index % 2],
            rotary=rotary,
            packed=index % 4 > 1,
            local=index % 5 == 0,
            softcap=(0.0, 50.0)[index % 7 == 0],
        )


def parity_mea():
    """TestPagedAttentionMEA."""
    for case in parity():
        yield replace(case, sdpa_kernel=EFFICIENT)


def features():
    """TestPagedAttentionFeatures."""

    def base(name, new=33, total=128, batch=4, **settings):
        return make(name, batch, new, total, **settings)

    mea = {"sdpa_kernel": EFFICIENT}
    yield base("slot_mapping_matches_derived_mapping", slots="derived")
    yield base("slot_mapping_with_rotary_and_packed", slots="derived", rotary="half", packed=True)
    yield base("slot_mapping_mea", slots="derived", **mea)
    yield base("slot_mapping_negative_one_skips_cache_write", slots="skip")
    yield base("head_sink", sink=True)
    yield base("head_sink_local_and_softcap", sink=True, local=True, softcap=50.0)
    yield base("head_sink_with_rotary", sink=True, rotary="half")
    yield base("head_sink_mea", sink=True, **mea)
    yield base("qk_norm", norm=True)
    yield base("qk_norm_with_rotary", norm=True, rotary="half")
    yield base(
        "qk_norm_with_rotary_interleaved_and_packed", norm=True, rotary="interleaved", packed=True
    )
    yield base("qk_norm_non_power_of_two_head_size", norm=True, head_size=80)
    yield base("qk_norm_mea", norm=True, **mea)
    yield base(
        "qk_norm_and_head_sink_together", norm=True, sink=True, rotary="half", slots="derived"
    )
    for block_size in (16, 32, 64, 128):
        yield base(f"small_block_size_{block_size}", block_size=block_size, **mea)
    yield base("large_batch_size", 4, 64, 300, block_size=64)
    yield base("non_causal", causal=False)
    yield replace(base("non_causal_local_window", causal=False, window=4), new=(33,) * 4)
    yield base("non_causal_with_rotary_and_packed", causal=False, rotary="half", packed=True)
    for (block_size, kernel), cached, local in itertools.product(
        ((16, EFFICIENT), (32, EFFICIENT), (64, EFFICIENT), (64, 0)), (False, True), (False, True)
    ):
        yield Case(
            f"non_causal_mea-page{block_size}-{'mea' if kernel else 'default'}"
            f"-{'cached' if cached else 'prefill'}-{'local' if local else 'full'}",
            past=(97, 31, 0, 15) if cached else (0, 0, 0, 0),
            new=(137, 67, 0, 9),
            heads=4,
            head_size=128,
            block_size=block_size,
            causal=False,
            window=4 if local else -1,
            sdpa_kernel=kernel,
        )


def zero_tokens():
    """TestPagedAttentionRotaryZeroTokenRegression."""

    def base(name, new, rotary="half", total=64, **settings):
        case = make(name, len(new), max(new), total, rotary=rotary, **settings)
        return replace(case, new=new)

    yield base("fa_rotary_zero_token_first_batch", (10, 0, 0, 0))
    yield base("fa_rotary_zero_token_mixed", (0, 7, 0, 3))
    yield base("mea_rotary_zero_token_no_regression", (10, 0, 0, 0), sdpa_kernel=EFFICIENT)
    yield base("fa_rotary_zero_token_large_batch", (10, *[0] * 15))
    yield base("fa_no_rotary_zero_token_sanity", (10, 0, 0, 0), rotary="")
    yield base("fa_kblockm_boundary_zero_token", (65, 0), total=128)
    yield base("fa_kblockm_boundary_zero_token_no_rotary", (65, 0), rotary="", total=128)


def decode():
    """TestPagedAttentionPagedDecode over float caches."""

    def base(name, new=None, total=128, batch=4, **settings):
        case = make(name, batch, max(new or [1]), total, sdpa_kernel=DECODER, **settings)
        return replace(case, new=new) if new else case

    few = {"heads": 2, "kv_heads": 1}
    for size in (32, 64, 80, 96, 128, 256):
        yield base(f"head_size_{size}", head_size=size)
    for heads, kv_heads in ((8, 8), (8, 2), (6, 3), (9, 1)):
        yield base(f"head_grouping_{heads}_{kv_heads}", heads=heads, kv_heads=kv_heads)
    for block_size in (16, 32, 64, 256, 512):
        yield base(f"block_size_{block_size}", block_size=block_size)
    yield base("long_context_multi_tile", total=4000)
    yield base("multi_split", total=4000, batch=1, **few)
    yield base("short_context", total=8, batch=1, **few)
    yield base("zero_new_tokens", (0, 1, 0, 1))
    yield base("ragged_shape_test_holds", (3, 0, 0, 1))
    yield base("ragged_all_tokens_in_one_sequence", (4, 0, 0, 0))
    yield base("ragged_local_window", (3, 0, 0, 1), local=True)
    yield base("ragged_multi_split", (2, 0), total=4000, batch=2, **few)
    for (name, new, total, window, transformed), block_size in itertools.product(
        (
            ("ragged", (3, 0, 0, 1), 128, -1, False),
            ("sparse_local", (3, 0, 0, 0), 128, 4, False),
            ("multi_split", (2, 0), 4096, -1, False),
            ("multi_split_local_sink_softcap", (2, 0), 4096, 4, True),
        ),
        (16, 32, 64),
    ):
        yield Case(
            f"non_causal_{name}_page{block_size}",
            past=tuple(total - max(new) - 17 * sequence for sequence in range(len(new))),
            new=new,
            head_size=128,
            block_size=block_size,
            causal=False,
            window=window,
            sink=transformed,
            softcap=2.0 if transformed else 0.0,
            sdpa_kernel=DECODER,
            **few,
        )
    yield base("local_window", local=True)
    yield base("softcap", softcap=50.0)
    yield base("local_and_softcap", local=True, softcap=50.0)
    yield base("head_sink", sink=True)
    yield base("head_sink_local_and_softcap", sink=True, local=True, softcap=50.0)
    yield base("rotary", rotary="half")
    yield base("rotary_interleaved_and_packed", rotary="interleaved", packed=True)
    yield base("qk_norm_and_slot_mapping", norm=True, slots="derived", rotary="half")


def web_gpu():
    """TestPagedAttentionWebGpu: the matrix."""
    for batch, (new, total), kv_heads, (r, rotary), (p, packed) in itertools.product(
        (1, 2), ((1, 32), (4, 32), (16, 64), (1, 64)), (8, 4), ROTARY.items(), PACKED.items()
    ):
        name = f"batch{batch}-{new}_of_{total}-kv_heads{kv_heads}-{r}-{p}"
        yield make(
            name, batch, new, total, kv_heads=kv_heads, head_size=128, rotary=rotary, packed=packed
        )


def web_gpu_features():
    """TestPagedAttentionWebGpu: its other tests."""
    yield make(
        "non_causal", 1, 4, 32, heads=2, kv_heads=1, head_size=32, block_size=16, causal=False
    )
    for (name, new, past, kv_heads, size, local), (r, rotary) in itertools.product(
        (
            ("decode_mha", (1, 1), (15, 63), 4, 64, False),
            ("decode_gqa", (1, 1), (16, 65), 2, 80, False),
            ("prefill_gqa", (65, 33, 0), (0, 7, 0), 1, 128, False),
            ("dflash", (7, 2, 0), (31, 1, 0), 2, 64, True),
            ("local_prefill", (65, 33, 1), (17, 0, 3), 2, 64, True),
        ),
        ROTARY.items(),
    ):
        yield Case(
            f"qk_norm_parity-{name}-{r}",
            past,
            new,
            heads=4,
            kv_heads=kv_heads,
            head_size=size,
            block_size=16,
            packed=bool(rotary),
            rotary=rotary,
            norm=True,
            causal=not local,
            window=4 if local else -1,
            metadata=(max(new), 128) if local else (),
        )
    one = {"heads": 1, "kv_heads": 1, "head_size": 512, "block_size": 16}
    yield Case("qk_norm_split_norm_dimension", (15,), (1,), norm=True, **one)
    for (name, new, past, window, kv_heads), causal, bounded in itertools.product(
        (
            ("decode", (1, 1, 1), (0, 3, 65), 4, 4),
            ("short_prefill", (4, 2, 0), (15, 1, 0), 4, 2),
            ("unit_window", (8, 3, 1), (63, 0, 17), 1, 1),
            ("wide_window", (4, 2, 1), (0, 1, 3), 16, 2),
            ("split_boundary", (31, 9, 0), (63, 4, 0), 7, 2),
            ("prefill_boundary", (32, 17, 1), (31, 0, 3), 4, 2),
            ("prefill_no_past", (65, 33, 0, 2), (0, 0, 0, 0), 4, 2),
            ("prefill", (137, 67, 0, 9), (97, 31, 0, 15), 4, 1),
        ),
        (False, True),
        (False, True),
    ):
        yield Case(
            f"local_window_parity-{name}-{'causal' if causal else 'non_causal'}"
            f"{'-metadata' if bounded else ''}",
            past,
            new,
            heads=4,
            kv_heads=kv_heads,
            block_size=16,
            packed=True,
            window=window,
            causal=causal,
            metadata=(max(new), 384) if bounded else (),
        )
    two = {"kv_heads": 4, "head_size": 128}
    yield Case("attention_metadata", (40, 63), (1, 1), metadata=(1, 64, 1), **two)
    yield Case("attention_metadata_ragged_first", (0, 0), (2, 0), metadata=(2, 2, 0), **two)
    yield Case("attention_metadata_ragged_second", (0, 0), (1, 2), metadata=(2, 2, 0), **two)
    oss = {"heads": 64, "kv_heads": 8, "rotary": "half", "packed": True}
    local = {"window": 128, "sink": True}
    yield Case("gptoss_local_window_head_sink_prefill", (240, 192), (16, 9), **oss, **local)
    yield Case("gptoss_local_window_head_sink_decode", (255, 192), (1, 1), **oss, **local)
    yield Case("local_window_short_history", (0, 4), (4, 2), window=128, **oss)
    yield Case("head_sink_prefill_without_local_window", (224, 100), (32, 17), sink=True, **oss)
    yield Case("head_sink_decode_without_local_window", (255, 192), (1, 1), sink=True, **oss)
