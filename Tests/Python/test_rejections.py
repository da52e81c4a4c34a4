"""Refusals: they say what is wrong, come as the right kind, and leave the session usable."""

import numpy as np
import pytest
from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument

import conformance_rejections as rejections
from conformance_cases import assert_matches, tensors
from conformance_host import cache_outputs, serialised
from conformance_reference import paged_attention
from conformance_refusals import assert_refused

pytest_plugins = ["conformance_fixtures"]


def over(*groups):
    return pytest.mark.parametrize(
        "rejection",
        [
            pytest.param(rejection, id=f"{rejection.name}-{rejection.cache}")
            for group in groups
            for rejection in group
        ],
    )


@over(
    rejections.CONSTRUCTION,
    rejections.QUERY_KEY_VALUE,
    rejections.CACHES,
    rejections.SEQUENCES,
    rejections.NORM_AND_ROTARY,
    rejections.LATENT_LAYOUT,
    rejections.QUANTISATION,
    rejections.METADATA,
)
def test_refused(host, rejection):
    good, attributes = tensors(rejection.case, "float16", rejection.cache)
    shape = rejection.case.output_shape
    actual = assert_refused(host, "PagedAttention", rejection, good, attributes, shape)
    if actual is not None:
        expected = paged_attention(good, attributes)
        assert_matches(actual, expected, rejection.case, "float16", rejection.cache)


@over(rejections.METADATA)
def test_a_refused_call_writes_nothing(host, rejection):
    inputs, attributes = tensors(rejection.case, "float16", rejection.cache)
    rejection.change(inputs, attributes)
    session = host.open(serialised("PagedAttention", inputs, attributes, cache_outputs(inputs)))
    before = {name: inputs[name].copy() for name in ("key_cache", "value_cache")}
    with pytest.raises(InvalidArgument):
        session.run(["output"], inputs)
    for name, cache in before.items():
        assert np.array_equal(inputs[name], cache)
