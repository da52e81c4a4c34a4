"""What SparsePagedAttention refuses beyond what it shares with PagedAttention."""

import numpy as np
import pytest

from conformance_cases import assert_matches
from conformance_refusals import (
    SEPARATE,
    assert_refused,
    attribute,
    given,
    shaped,
    without,
)
from conformance_sparse import SparseCase, sparse_paged_attention, sparse_tensors

pytest_plugins = ["conformance_fixtures"]

MAIN = SparseCase(SEPARATE, "local_plus_selected")
SHARED = SparseCase(SEPARATE, "local_plus_selected", "auxiliary", shared=True)
APART = SparseCase(SEPARATE, "local_plus_selected", "auxiliary")
ROW = np.zeros((2, 24, 2, 32), np.float16)

REJECTIONS = {
    MAIN: [
        attribute("num_heads", num_heads=0),
        attribute("kv_num_heads", kv_num_heads=3),
        attribute("qk_norm_epsilon", qk_norm_epsilon=0.0),
        attribute("attention_mode", attention_mode="selected"),
        attribute("selected_kv_source", selected_kv_source="both"),
        attribute("auxiliary_cache_layout", auxiliary_cache_layout="paged"),
        attribute("k_quant_type", k_quant_type="PER_TOKEN"),
        shaped("selected_indices_rank", "selected_indices", selected_indices=(60,)),
        shaped("selected_indices_tokens", "selected_indices", selected_indices=(4, 12)),
        shaped("selected_counts_rank", "selected_counts", selected_counts=(5, 1)),
        shaped("selected_counts_tokens", "selected_counts", selected_counts=(6,)),
        without("selected_indices_missing", "input 9 ", "selected_indices"),
        without("selected_counts_missing", "input size 10 ", "selected_counts"),
        given("auxiliary_key_of_main", "auxiliary_key", auxiliary_key=ROW),
        given("auxiliary_value_of_main", "auxiliary_value", auxiliary_value=ROW),
        given(
            "auxiliary_lengths_of_main",
            "auxiliary_lengths",
            auxiliary_lengths=np.zeros(2, np.int32),
        ),
        attribute("cos_cache", "rotary_without_cos", "either", do_rotary=1),
        shaped("table_rows", "block_table", block_table=(3, 2)),
        shaped("key_cache_heads", "key_cache", key_cache=(8, 16, 3, 32)),
        shaped("past_length", "past_seqlens", past_seqlens=(3,)),
        given("metadata_of_three", "attention_metadata", attention_metadata=np.int32([1, 2, 3])),
        given(
            "metadata_negative",
            "attention_metadata",
            attention_metadata=np.int32([3, 32, 12, 24, -1]),
        ),
    ],
    SHARED: [
        without("shared_key_missing", "auxiliary_key", "auxiliary_key"),
        without("shared_lengths_missing", "auxiliary_lengths", "auxiliary_lengths"),
        given("shared_value", "auxiliary_value", auxiliary_value=ROW),
        shaped("shared_lengths", "auxiliary_lengths", auxiliary_lengths=(3,)),
        shaped("shared_key_rank", "auxiliary_key", auxiliary_key=(2, 24, 64)),
        shaped("shared_key_sequences", "auxiliary_key", auxiliary_key=(3, 24, 2, 32)),
        shaped("shared_key_heads", "auxiliary_key", auxiliary_key=(2, 24, 4, 32)),
        shaped("shared_key_head_size", "auxiliary_key", auxiliary_key=(2, 24, 2, 16)),
    ],
    APART: [
        without("apart_key_missing", "auxiliary_key", "auxiliary_key"),
        without("apart_value_missing", "auxiliary_value", "auxiliary_value"),
        without("apart_lengths_missing", "auxiliary_lengths", "auxiliary_lengths"),
        shaped("apart_value_heads", "auxiliary_value", auxiliary_value=(2, 24, 1, 32)),
        shaped("apart_value_capacity", "auxiliary_value", auxiliary_value=(2, 12, 2, 32)),
    ],
}


@pytest.mark.parametrize(
    "sparse, rejection",
    [
        pytest.param(sparse, rejection, id=rejection.name)
        for sparse, group in REJECTIONS.items()
        for rejection in group
    ],
)
def test_refused(host, sparse, rejection):
    good, attributes = sparse_tensors(sparse, "float16", "float16")
    shape = sparse.case.output_shape
    actual = assert_refused(host, "SparsePagedAttention", rejection, good, attributes, shape)
    if actual is not None:
        expected = sparse_paged_attention(good, attributes)
        assert_matches(actual, expected, sparse.case, "float16", "float16")
