"""SparsePagedAttention in onnxruntime against NumPy, and in closed form."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from conformance_cases import Case, assert_close, assert_matches, over
from conformance_sparse import SparseCase, sparse_paged_attention, sparse_tensors

pytest_plugins = ["conformance_fixtures"]

OPERATOR = "SparsePagedAttention"
STEP = {
    "past": (37, 0, 20),
    "new": (5, 9, 1),
    "heads": 4,
    "kv_heads": 2,
    "head_size": 32,
    "block_size": 16,
}
SOURCES = {
    "main": {},
    "auxiliary": {"source": "auxiliary"},
    "auxiliary_one_head": {"source": "auxiliary", "auxiliary_heads": 1},
    "auxiliary_shared": {"source": "auxiliary", "shared": True},
    "auxiliary_shared_one_head": {"source": "auxiliary", "shared": True, "auxiliary_heads": 1},
}
FEATURES = {
    "plain": {},
    "scale": {"scale": 0.5},
    "softcap": {"softcap": 2.0},
    "window": {"window": 4},
    "softcap_and_window": {"softcap": 2.0, "window": 4},
    "sink": {"sink": True},
    "non_causal": {"causal": False},
    "non_causal_window": {"causal": False, "window": 4},
    "rotary": {"rotary": "half"},
    "rotary_interleaved": {"rotary": "interleaved", "rotary_dim": 16, "rotary_offset": 8},
    "norm": {"norm": True},
    "norm_rotary_sink_softcap_window": {
        "norm": True,
        "rotary": "half",
        "sink": True,
        "softcap": 2.0,
        "window": 4,
    },
    "slot_mapping": {"slots": "derived"},
    "skipped_slot": {"slots": "skip"},
}


def cases(features=FEATURES, **settings):
    """Every mode and source with every feature."""
    for mode, (source, where), (feature, what) in itertools.product(
        ("selected_only", "local_plus_selected"), SOURCES.items(), features.items()
    ):
        case = Case(f"{mode}-{source}-{feature}", **{**STEP, **what, **settings})
        yield SparseCase(case, mode, **where)


@pytest.fixture
def check(host):
    def check(sparse, activation, cache, **changed):
        inputs, attributes = sparse_tensors(sparse, activation, cache)
        for name, values in changed.items():
            inputs[name] = np.asarray(values, np.int32)
        expected = sparse_paged_attention(inputs, attributes)
        actual = host.call(OPERATOR, inputs, attributes, sparse.case.output_shape)
        assert_matches(actual, expected, sparse.case, activation, cache)
        return inputs, attributes, actual

    return check


@over(cases())
def test_parity(check, case, activation, cache):
    check(case, activation, cache)


@over(cases(), caches=["int8"])
def test_int8_cache(check, case, activation, cache):
    check(case, activation, cache)


@over(cases({"per_channel": {"k_quant": "PER_CHANNEL", "v_quant": "PER_CHANNEL"}}), caches=["int8"])
def test_int8_cache_per_channel(check, case, activation, cache):
    check(case, activation, cache)


@over(cases({"window": {"window": 64}}, past=(500, 37), new=(1, 1), head_size=128), ["float16"])
def test_decode_of_longer_sequences(check, case, activation, cache):
    check(replace(case, most=200, capacity=300), activation, cache)


def closed_form(value, dtype=np.float16):
    """One token of one head of eight channels, query and keys 0, which selects itself."""
    cache = np.zeros((1, 16, 1, 8), dtype)
    inputs = {
        "query": np.zeros((1, 8), dtype),
        "key": np.zeros((1, 8), dtype),
        "value": np.full((1, 8), value, dtype),
        "key_cache": cache,
        "value_cache": cache.copy(),
        "cumulative_sequence_length": np.array([0, 1], np.int32),
        "past_seqlens": np.array([0], np.int32),
        "block_table": np.array([[0]], np.int32),
        "slot_mapping": np.array([0], np.int32),
        "selected_indices": np.array([[0, -1]], np.int32),
        "selected_counts": np.array([1], np.int32),
    }
    return inputs, {"num_heads": 1, "kv_num_heads": 1}


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_a_token_reads_what_it_has_just_written(host, dtype):
    """SparsePagedAttention.Cuda_SelectedMainWritesAndReadsPagedCache"""
    inputs, attributes = closed_form(2.0, dtype)
    actual = host.call(OPERATOR, inputs, attributes, (1, 8))
    assert actual["output"].tolist() == [[2.0] * 8]
    assert actual["value_cache"][0, 0, 0].tolist() == [2.0] * 8


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_local_and_shared_auxiliary_rows_share_a_softmax(host, dtype):
    """SparsePagedAttention.Cuda_LocalAndSharedAuxiliaryUseJointSoftmax"""
    inputs, attributes = closed_form(1.0, dtype)
    attributes |= shared_auxiliary(inputs, np.full(8, 3.0))
    actual = host.call(OPERATOR, inputs, attributes, (1, 8))
    assert actual["output"].tolist() == [[2.0] * 8]


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_a_joint_softmax_in_closed_form(host, dtype):
    """A local logit of 0 with value 1, and an auxiliary row ln 3 * e0 with logit ln 3."""
    inputs, attributes = closed_form(1.0, dtype)
    inputs["query"][0, 0] = 1
    attributes |= shared_auxiliary(inputs, np.log(3) * np.eye(8)[0]) | {"scale": 1.0}
    actual = host.call(OPERATOR, inputs, attributes, (1, 8))
    wanted = np.array([[(1 + 3 * np.log(3)) / 4, *[0.25] * 7]])
    assert_close(actual["output"], wanted, atol=2e-3, rtol=0)


def shared_auxiliary(inputs, row):
    """Adds an auxiliary cache of one row that is key and value."""
    inputs["auxiliary_key"] = row.astype(inputs["query"].dtype).reshape(1, 1, 1, 8)
    inputs["auxiliary_lengths"] = np.array([1], np.int32)
    return {
        "attention_mode": "local_plus_selected",
        "selected_kv_source": "auxiliary",
        "auxiliary_kv_shared": 1,
        "local_window_size": 1,
    }


@pytest.mark.parametrize("source", SOURCES)
def test_entries_that_are_not_there_are_ignored(check, source):
    sparse = SparseCase(Case("ignored", **STEP), **SOURCES[source])
    bad = np.tile([-1, -(2**31), 2**31 - 1, 10_000, 38, 0], (15, 1))
    check(sparse, "float32", "float32", selected_indices=bad, selected_counts=[6] * 15)


@pytest.mark.parametrize("mode", ["selected_only", "local_plus_selected"])
@pytest.mark.parametrize("source", SOURCES)
def test_unmapped_blocks_are_left_out(check, mode, source):
    sparse = SparseCase(Case("unmapped", **STEP), mode, **SOURCES[source])
    table = [[0, -1, 3], [1, -1, -1], [100, 2, -1]]
    check(sparse, "float32", "float32", block_table=table)


def test_nothing_selected_gives_zero_rows(check):
    sparse = SparseCase(Case("nothing", **STEP))
    _, _, actual = check(sparse, "float32", "float32", selected_counts=[0] * 15)
    assert not actual["output"].any()


def test_nothing_selected_with_a_sink_gives_zero_rows(check):
    sparse = SparseCase(Case("nothing", sink=True, **STEP))
    _, _, actual = check(sparse, "float32", "float32", selected_counts=[0] * 15)
    assert not actual["output"].any()


def test_what_is_selected_twice_counts_twice(check):
    sparse = SparseCase(Case("twice", **STEP))
    once, twice = [[3, 5, 5, 5]] * 15, [[3, 3, 5, 5]] * 15
    _, _, a = check(sparse, "float32", "float32", selected_indices=once, selected_counts=[2] * 15)
    _, _, b = check(sparse, "float32", "float32", selected_indices=twice, selected_counts=[4] * 15)
    _, _, c = check(sparse, "float32", "float32", selected_indices=once, selected_counts=[4] * 15)
    assert_close(b["output"][:5], a["output"][:5], atol=1e-6, rtol=1e-6)
    assert np.abs(c["output"][:5] - a["output"][:5]).max() > 1e-3


def test_what_is_local_and_selected_counts_once(check):
    sparse = SparseCase(Case("union", **STEP), "local_plus_selected")
    _, _, a = check(sparse, "float32", "float32", selected_counts=[0] * 15)
    _, _, b = check(sparse, "float32", "float32")
    assert a["output"].tobytes() == b["output"].tobytes()


def test_all_selected_is_ordinary_attention(host):
    sparse = SparseCase(Case("all", slots="derived", **STEP), most=64)
    inputs, attributes = sparse_tensors(sparse, "float32", "float32")
    inputs["selected_indices"] = np.tile(np.arange(64, dtype=np.int32), (15, 1))
    inputs["selected_counts"] = np.full(15, 64, np.int32)
    shape = sparse.case.output_shape
    actual = host.call(OPERATOR, inputs, attributes, shape)
    for name in ("selected_indices", "selected_counts"):
        del inputs[name]
    for name in ("attention_mode", "selected_kv_source", "auxiliary_kv_shared"):
        del attributes[name]
    plain = host.call("PagedAttention", inputs, attributes, shape)
    for name in actual:
        assert_close(actual[name], plain[name], atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("source", SOURCES)
def test_attention_metadata_changes_nothing(host, source):
    sparse = SparseCase(Case("metadata", **STEP), "local_plus_selected", **SOURCES[source])
    inputs, attributes = sparse_tensors(sparse, "float16", "float16")
    shape = sparse.case.output_shape
    without = host.call(OPERATOR, inputs, attributes, shape)
    for bounds in ([9, 48, 12, 24, 96], [0] * 5):
        inputs["attention_metadata"] = np.array(bounds, np.int32)
        actual = host.call(OPERATOR, inputs, attributes, shape)
        for name in actual:
            assert actual[name].tobytes() == without[name].tobytes()


@pytest.mark.parametrize("past", [-1, 46, 2**31 - 1])
def test_an_invalid_sequence_gives_zero_rows_and_writes_nothing(check, past):
    sparse = SparseCase(Case("invalid", **STEP), "local_plus_selected")
    _, _, actual = check(sparse, "float32", "float32", past_seqlens=[past, 0, 20])
    assert not actual["output"][:5].any()


def test_a_call_without_tokens_does_nothing(host):
    step = STEP | {"new": (0, 0, 0)}
    sparse = SparseCase(Case("empty", **step), "local_plus_selected", "auxiliary")
    inputs, attributes = sparse_tensors(sparse, "float16", "float16")
    actual = host.call(OPERATOR, inputs, attributes, sparse.case.output_shape)
    for name in ("key_cache", "value_cache"):
        assert actual[name].tobytes() == inputs[name].tobytes()
