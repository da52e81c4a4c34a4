"""The plugin inside onnxruntime from PyPI computes what plain loops over numpy compute."""

import ctypes

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto

from paged_models import feeds, model
from paged_reference import paged_attention

TYPES = {
    "float32": (TensorProto.FLOAT, None, 1e-5),
    "float32 with a float16 cache": (TensorProto.FLOAT, TensorProto.FLOAT16, 1e-5),
    "float16": (TensorProto.FLOAT16, None, 2e-3),
    "bfloat16": (TensorProto.BFLOAT16, None, 2e-2),
}


def expected(x, **options):
    return paged_attention(
        x["query"],
        x.get("key"),
        x.get("value"),
        x["key_cache"],
        x["value_cache"],
        x["cumulative_sequence_length"],
        x["past_seqlens"],
        x["block_table"],
        cos=x.get("cos_cache"),
        sin=x.get("sin_cache"),
        slot_mapping=x.get("slot_mapping"),
        heads=4,
        kv_heads=2,
        **options,
    )


def run(session, x):
    """Runs with the caches bound as inputs and outputs; returns (output, key cache, value cache)."""
    binding = session.io_binding()
    values = {name: ort_value(array) for name, array in x.items()}
    for name, value in values.items():
        binding.bind_ortvalue_input(name, value)
    binding.bind_output("output")
    binding.bind_ortvalue_output("key_cache_out", values["key_cache"])
    binding.bind_ortvalue_output("value_cache_out", values["value_cache"])
    session.run_with_iobinding(binding)
    output = binding.get_outputs()[0]
    return tuple(
        as_numpy(value, x["query"].dtype if index == 0 else x["key_cache"].dtype)
        for index, value in enumerate([output, values["key_cache"], values["value_cache"]])
    )


def ort_value(array):
    if array.dtype.name == "bfloat16":
        if not hasattr(onnxruntime.OrtValue, "ortvalue_from_numpy_with_onnx_type"):
            pytest.skip("this onnxruntime makes no bfloat16 tensors in Python")
        return onnxruntime.OrtValue.ortvalue_from_numpy_with_onnx_type(
            array.view(np.uint16).copy(), TensorProto.BFLOAT16
        )
    return onnxruntime.OrtValue.ortvalue_from_numpy(array.copy())


def as_numpy(value, dtype):
    if dtype.name == "bfloat16":
        return memory(value).view(dtype).reshape(value.shape())
    return value.numpy().copy()


def memory(value):
    """The 16-bit elements of a tensor that numpy has no type for."""
    count = int(np.prod(value.shape()))
    pointer = ctypes.cast(value.data_ptr(), ctypes.POINTER(ctypes.c_uint16))
    return np.ctypeslib.as_array(pointer, shape=(count,)).copy()


def assert_close(actual, wanted, tolerance):
    for name, a, w in zip(["output", "key_cache", "value_cache"], actual, wanted):
        np.testing.assert_allclose(
            a.astype(np.float64), w.astype(np.float64), atol=tolerance, rtol=tolerance, err_msg=name
        )


@pytest.mark.parametrize("packed", [False, True], ids=["separate", "packed"])
@pytest.mark.parametrize("rotary", [False, True], ids=["plain", "rotary"])
@pytest.mark.parametrize("types", TYPES)
def test_output_and_cache_match_the_reference(load, types, rotary, packed):
    activation, cache, tolerance = TYPES[types]
    x = feeds(activation, cache, packed=packed, rotary=rotary)
    session = load(model(activation, cache, packed=packed, rotary=rotary))
    assert_close(run(session, x), expected(x), tolerance)


@pytest.mark.parametrize(
    "attributes, options",
    [
        ({"scale": 0.3}, {"scale": 0.3}),
        ({"softcap": 2.0}, {"softcap": 2.0}),
        ({"local_window_size": 7}, {"window": 7}),
        ({"rotary_interleaved": 1}, {"interleaved": True}),
    ],
    ids=["scale", "softcap", "local_window_size", "rotary_interleaved"],
)
def test_attributes_are_read(load, attributes, options):
    x = feeds(rotary=True)
    session = load(model(rotary=True, attributes=attributes))
    assert_close(run(session, x), expected(x, **options), 1e-5)


def test_slot_mapping_says_where_keys_and_values_go(load):
    x = feeds(past=(5, 20), new=(1, 3))
    x["slot_mapping"] = np.array([-1, 7, 100, 3], dtype=np.int32)
    session = load(model(slot_mapping=True))
    assert_close(run(session, x), expected(x), 1e-5)


def test_our_own_domain_has_the_operator_too(load):
    x = feeds()
    session = load(model(domain="ai.pagedattention"))
    assert_close(run(session, x), expected(x), 1e-5)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_the_number_of_threads_changes_no_bit(load, threads):
    x = feeds(TensorProto.FLOAT16, past=(3, 100, 0, 40), new=(30, 1, 60, 2), blocks=24, seed=7)
    one = run(load(model(TensorProto.FLOAT16), threads=1), x)
    many = run(load(model(TensorProto.FLOAT16), threads=threads), x)
    for a, b in zip(one, many):
        assert np.array_equal(a.view(np.uint16), b.view(np.uint16))
