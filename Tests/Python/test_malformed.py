"""Lengths and tables that contradict each other: no read or write where nothing was given.

A sequence whose past does not fit its row of the table gives zero rows and writes nothing; a
position without a block takes no part; a slot outside the cache is not written. The others are as
always.
"""

from dataclasses import replace

import numpy as np
import pytest

from conformance_cases import Case, assert_matches, tensors
from conformance_reference import paged_attention

pytest_plugins = ["conformance_fixtures"]

STEP = {"heads": 4, "kv_heads": 2, "head_size": 32, "block_size": 16}
LATENT = {"heads": 4, "kv_heads": 1, "head_size": 96, "value_head_size": 64, "scale": 0.1}
CACHES = [("float32", "float32"), ("float16", "float16"), ("float16", "int8")]
LARGEST, SMALLEST = 2**31 - 1, -(2**31)


@pytest.fixture(params=CACHES, ids="-".join)
def compare(host, request):
    """Compares a case whose inputs are `changed` with the reference; returns what came."""
    types = request.param

    def compare(case, **changed):
        inputs, attributes = tensors(case, *types)
        for name, values in changed.items():
            inputs[name] = np.asarray(values, np.int32)
        expected = paged_attention(inputs, attributes)
        actual = host.call("PagedAttention", inputs, attributes, case.output_shape)
        assert_matches(actual, expected, case, *types)
        return inputs, actual

    return compare


def assert_nothing_happened(inputs, actual, rows=slice(None)):
    assert not actual["output"][rows].any()
    for name in ("key_cache", "value_cache"):
        if name in actual:
            assert actual[name].tobytes() == inputs[name].tobytes()


def test_blocks_outside_the_cache_are_not_mapped(compare):
    case = Case("blocks", (78,), (1,), **STEP)
    inputs, actual = compare(case, block_table=[[-2, -1, 0, 3, 100]])
    assert_nothing_happened(inputs, actual, rows=slice(0))
    assert actual["output"].any()


@pytest.mark.parametrize("block", [-1, -2, SMALLEST, 7, 8, LARGEST])
def test_every_kind_of_missing_block(compare, block):
    case = Case("missing", (40, 20), (5, 3), **STEP)
    table = [[2, block, 0], [1, 4, block]]
    inputs, actual = compare(case, block_table=table)
    assert len(inputs["key_cache"]) <= 7


def test_a_sequence_without_any_block_gives_zero_rows(compare):
    case = Case("nothing mapped", (40, 20), (5, 3), **STEP)
    _, actual = compare(case, block_table=[[-1, -1, -1], [1, 2, -1]])
    assert not actual["output"][:5].any()
    assert actual["output"][5:].any(axis=1).all()


def test_a_sink_over_nothing_gives_zero_rows(compare):
    case = Case("sink", (40, 20), (5, 3), sink=True, **STEP)
    _, actual = compare(case, block_table=[[-1, -1, -1], [1, 2, -1]])
    assert not actual["output"][:5].any()


@pytest.mark.parametrize("causal", [True, False], ids=["causal", "non_causal"])
def test_blocks_below_a_window_may_be_gone(compare, causal):
    case = Case("evicted", (60, 20), (3, 3), window=8, causal=causal, **STEP)
    compare(case, block_table=[[-1, -1, -1, 3], [1, 2, -1, -1]])


@pytest.mark.parametrize("past", [-1, 46, 1000, SMALLEST, LARGEST])
def test_a_past_that_does_not_fit_makes_its_sequence_invalid(compare, past):
    case = Case("past", (40, 20), (3, 3), **STEP)
    _, actual = compare(case, past_seqlens=[past, 20])
    assert not actual["output"][:3].any()
    assert actual["output"][3:].any(axis=1).all()


def test_the_largest_past_that_fits(compare):
    case = Case("full", (44, 20), (4, 3), **STEP)
    _, actual = compare(case, past_seqlens=[44, 20])
    assert actual["output"].any(axis=1).all()


def test_a_past_whose_first_block_is_gone_is_valid(compare):
    case = Case("first gone", (31,), (1,), **STEP)
    _, actual = compare(case, block_table=[[-1, 0]])
    assert actual["output"].any()


@pytest.mark.parametrize("slots", ["", "derived"], ids=["derived by the operator", "given"])
def test_no_slot_is_written_for_an_invalid_sequence(compare, slots):
    case = Case("invalid", (40, 20), (3, 2), slots=slots, **STEP)
    inputs, actual = compare(case, past_seqlens=[-5, 1000])
    assert_nothing_happened(inputs, actual)


def test_lengths_of_the_upstream_unit_test(compare):
    case = Case("vector", (10, 10), (1, 2), **STEP)
    inputs, actual = compare(
        case,
        cumulative_sequence_length=[5, -2, 1],
        past_seqlens=[-4, 100],
        block_table=[[0, 1]] * 2,
    )
    assert_nothing_happened(inputs, actual)


@pytest.mark.parametrize(
    "cumulative",
    [
        [0, 3, 9],
        [0, 3, 4],
        [2, 3, 7],
        [0, 5, 3],
        [0, 9, 7],
        [-3, 3, 7],
        [0, -1, 7],
        [0, 3, LARGEST],
        [SMALLEST, LARGEST, SMALLEST],
        [7, 7, 7],
        [0, 0, 0],
    ],
    ids=str,
)
def test_cumulative_lengths_are_put_in_order(compare, cumulative):
    """Every entry into [0, token count], the first 0, the last the count, never decreasing."""
    compare(Case("cumulative", (5, 20), (3, 4), **STEP), cumulative_sequence_length=cumulative)


@pytest.mark.parametrize("slot", [-1, -7, SMALLEST, 10_000, LARGEST])
def test_slots_outside_the_cache_are_not_written(compare, slot):
    case = Case("slots", (5, 20), (3, 4), slots="derived", **STEP)
    inputs, actual = compare(case, slot_mapping=[slot] * 7)
    for name in ("key_cache", "value_cache"):
        assert actual[name].tobytes() == inputs[name].tobytes()


def test_random_malformed_calls(compare):
    """Two hundred of them, with blocks that no two sequences share."""
    random = np.random.default_rng(5)
    case = Case("random", (5, 20, 0), (3, 4, 9), **STEP)
    for _ in range(200):
        table = random.permutation(9)[:6].reshape(3, 2)
        table = np.where(random.random((3, 2)) < 0.3, random.integers(-3, 20, (3, 2)) - 15, table)
        cumulative = [0, 3, 7, 16]
        past = [5, 20, 0]
        if random.random() < 0.5:
            cumulative[random.integers(4)] = random.integers(-5, 25)
        if random.random() < 0.5:
            past[random.integers(3)] = random.integers(-5, 40)
        compare(
            case,
            block_table=table,
            cumulative_sequence_length=cumulative,
            past_seqlens=past,
        )


def test_two_hundred_fifty_seven_sequences_of_which_some_are_invalid(compare):
    case = Case("many", (5,) * 257, (1,) * 257, **STEP)
    past = np.where(np.arange(257) % 3 == 0, 1000, 5)
    _, actual = compare(case, past_seqlens=past)
    assert not actual["output"][::3].any()


def test_numbers_in_unmapped_blocks_have_no_effect(host):
    case = Case("poison", (40, 20), (5, 3), **STEP)
    inputs, attributes = tensors(case, "float16", "float16")
    inputs["block_table"] = np.array([[2, -1, 0], [1, 4, -1]], np.int32)
    clean = host.call("PagedAttention", inputs, attributes, case.output_shape)
    for name in ("key_cache", "value_cache"):
        inputs[name][[3, 5]] = np.nan
    poisoned = host.call("PagedAttention", inputs, attributes, case.output_shape)
    assert poisoned["output"].tobytes() == clean["output"].tobytes()


def test_an_invalid_sequence_changes_nothing_for_the_others(host):
    case = Case("alone", (40, 20, 7), (3, 2, 4), **STEP)
    inputs, attributes = tensors(case, "float16", "float16")
    good = host.call("PagedAttention", inputs, attributes, case.output_shape)
    inputs["past_seqlens"][1] = 1000
    bad = host.call("PagedAttention", inputs, attributes, case.output_shape)
    for rows in (slice(0, 3), slice(5, 9)):
        assert bad["output"][rows].tobytes() == good["output"][rows].tobytes()
    assert not bad["output"][3:5].any()


@pytest.mark.parametrize("shape", [STEP, LATENT], ids=["separate", "latent"])
def test_a_call_without_tokens_does_nothing(host, shape):
    """It is over before the values of attention_metadata are looked at."""
    case = Case("empty", (20, 0), (0, 0), **(shape | {"block_size": 16, "metadata": (-1, -1)}))
    inputs, attributes = tensors(case, "float16", "float16")
    actual = host.call("PagedAttention", inputs, attributes, case.output_shape)
    assert_nothing_happened(inputs, actual)


def test_a_table_with_more_columns_than_blocks_is_allowed(compare):
    case = Case("wide", (40, 20), (5, 3), **STEP)
    _, narrow = compare(case)
    _, wide = compare(replace(case, spare_columns=50))
    assert wide["output"].any() and narrow["output"].any()


@pytest.mark.parametrize("past", [-1, 46, LARGEST])
def test_an_invalid_latent_sequence(host, past):
    case = Case("latent", (40, 20), (3, 2), **LATENT, block_size=16)
    inputs, attributes = tensors(case, "float16", "float16")
    inputs["past_seqlens"][0] = past
    expected = paged_attention(inputs, attributes)
    actual = host.call("PagedAttention", inputs, attributes, case.output_shape)
    assert_matches(actual, expected, case, "float16", "float16")
    assert not actual["output"][:3].any()
