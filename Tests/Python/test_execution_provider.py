"""The plugin as the execution provider PagedAttentionExecutionProvider."""

import gc
import threading

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

from paged_models import feeds, model, two_nodes
from test_plugin_numerics import assert_close, expected, ort_value, run

NAME = "PagedAttentionExecutionProvider"
VERSION = tuple(map(int, onnxruntime.__version__.split(".")[:2]))

pytestmark = pytest.mark.skipif(
    VERSION < (1, 24), reason="kernel registries of providers came with ONNX Runtime 1.24"
)
by_name = pytest.mark.skipif(
    VERSION < (1, 25), reason="sessions name plugin providers since ONNX Runtime 1.25"
)


@pytest.fixture
def registered(plugin):
    onnxruntime.register_execution_provider_library("pagedattention", plugin)
    yield
    gc.collect()
    onnxruntime.unregister_execution_provider_library("pagedattention")


def devices():
    return [device for device in onnxruntime.get_ep_devices() if device.ep_name == NAME]


def open_by_device(paged, options=None, custom_operators=None):
    session_options = onnxruntime.SessionOptions()
    session_options.log_severity_level = 4
    if custom_operators:
        session_options.register_custom_ops_library(custom_operators)
    session_options.add_provider_for_devices(devices(), options or {})
    return onnxruntime.InferenceSession(paged, session_options)


def open_by_name(paged, options=None):
    session_options = onnxruntime.SessionOptions()
    session_options.log_severity_level = 4
    providers = [(NAME, options or {}), "CPUExecutionProvider"]
    return onnxruntime.InferenceSession(
        paged, session_options, providers=providers, enable_fallback=0
    )


def assert_same_bits(actual, wanted):
    for a, w in zip(actual, wanted):
        assert a.tobytes() == w.tobytes()


def test_the_provider_offers_the_processor(registered):
    (device,) = devices()
    assert device.device.type == onnxruntime.OrtHardwareDeviceType.CPU
    assert device.ep_vendor == "swift-paged-attention"
    assert device.ep_metadata["version"].count(".") == 2


@pytest.mark.parametrize("packed", [False, True], ids=["separate", "packed"])
@pytest.mark.parametrize("rotary", [False, True], ids=["plain", "rotary"])
@pytest.mark.parametrize(
    "activation, tolerance",
    [(TensorProto.FLOAT16, 2e-3), (TensorProto.BFLOAT16, 2e-2)],
    ids=["float16", "bfloat16"],
)
def test_it_computes_the_same_bits_as_the_custom_operator(
    registered, load, activation, tolerance, rotary, packed
):
    x = feeds(activation, packed=packed, rotary=rotary)
    paged = model(activation, packed=packed, rotary=rotary)
    session = open_by_device(paged)
    assert session.get_providers()[0] == NAME
    actual = run(session, x)
    assert_same_bits(actual, run(load(paged), x))
    assert_close(actual, expected(x), tolerance)


@by_name
def test_a_session_may_name_it(registered, load):
    x = feeds(TensorProto.FLOAT16)
    paged = model(TensorProto.FLOAT16)
    assert_same_bits(run(open_by_name(paged), x), run(load(paged), x))


def test_nodes_in_a_row_share_the_callers_cache(registered):
    """The aliases 3 -> 1 and 4 -> 2: no copy between nodes of one graph, none to the provider."""
    x = feeds(TensorProto.FLOAT16)
    wanted = expected(x)
    values = {name: array.copy() for name, array in x.items()}
    (output,) = open_by_device(two_nodes(TensorProto.FLOAT16)).run(None, values)
    np.testing.assert_allclose(values["key_cache"], wanted[1], atol=1e-3)
    x["query"] = wanted[0]
    np.testing.assert_allclose(output, expected(x)[0], atol=2e-3)


def test_bound_caches_are_changed_in_place(registered):
    x = feeds(TensorProto.FLOAT16)
    binding = (session := open_by_device(model(TensorProto.FLOAT16))).io_binding()
    values = {name: ort_value(array) for name, array in x.items()}
    for name, value in values.items():
        binding.bind_ortvalue_input(name, value)
    binding.bind_output("output")
    binding.bind_ortvalue_output("key_cache_out", values["key_cache"])
    binding.bind_ortvalue_output("value_cache_out", values["value_cache"])
    session.run_with_iobinding(binding)
    assert binding.get_outputs()[1].data_ptr() == values["key_cache"].data_ptr()
    np.testing.assert_array_equal(values["key_cache"].numpy(), expected(x)[1])


def test_the_rest_of_the_graph_runs_beside_it(registered):
    paged = onnx.load_from_string(model(TensorProto.FLOAT16, cache_outputs=False))
    weight = onnx.numpy_helper.from_array(np.ones((64, 8), np.float16), "weight")
    paged.graph.initializer.append(weight)
    paged.graph.node.append(helper.make_node("MatMul", ["output", "weight"], ["product"]))
    del paged.graph.output[:]
    paged.graph.output.append(helper.make_tensor_value_info("product", TensorProto.FLOAT16, None))
    x = feeds(TensorProto.FLOAT16)
    wanted = expected(x)[0].astype(np.float32) @ np.ones((64, 8), np.float32)
    (product,) = open_by_device(paged.SerializeToString()).run(None, x)
    np.testing.assert_allclose(product, wanted, atol=0.05)


@pytest.mark.parametrize(
    "open_session", [open_by_device, pytest.param(open_by_name, marks=by_name)]
)
def test_the_option_chooses_kernels(registered, capfd, monkeypatch, open_session):
    monkeypatch.setenv("ORT_ENABLE_ATTENTION_KERNEL_DEBUG_INFO", "1")
    for value, family in [("1", "FLASH_ATTENTION"), ("2", "EFFICIENT_ATTENTION"), ("16", "MATH")]:
        session = open_session(model(TensorProto.FLOAT16), {"sdpa_kernel": value})
        session.run(None, feeds(TensorProto.FLOAT16))
        assert f"SdpaKernel={family} " in capfd.readouterr().out


@by_name
@pytest.mark.parametrize(
    "options, text",
    [
        ({"sdpa_kernel": "fast"}, "sdpa_kernel must be an integer .* got 'fast'"),
        ({"sdpa_kernel": "8"}, "sdpa_kernel 8 selects no kernel"),
        ({"threads": "2"}, "has no option 'threads'; its options are: sdpa_kernel"),
    ],
    ids=["malformed", "for GPUs only", "unknown"],
)
def test_a_wrong_option_is_refused_by_name(registered, options, text):
    with pytest.raises(Exception, match=text):
        open_by_name(model(TensorProto.FLOAT16), options)


def test_a_bad_attribute_is_refused_by_name_when_the_model_loads(registered):
    with pytest.raises(Exception, match="kv_num_heads"):
        open_by_device(model(TensorProto.FLOAT16, attributes={"kv_num_heads": 3}))


def test_our_own_domain_has_float32(registered, load):
    x = feeds()
    paged = model(domain="ai.pagedattention")
    assert_same_bits(run(open_by_device(paged), x), run(load(paged), x))


def test_both_forms_may_be_in_one_session(registered, plugin):
    """Then the custom operator serves, as it comes before the built-in schema."""
    for activation in [TensorProto.FLOAT16, TensorProto.FLOAT]:
        x = feeds(activation)
        session = open_by_device(model(activation), custom_operators=plugin)
        assert_close(run(session, x), expected(x), 2e-3)


def test_two_threads_may_run_one_session(registered):
    session = open_by_device(model(TensorProto.FLOAT16))
    inputs = [feeds(TensorProto.FLOAT16, seed=seed) for seed in range(2)]
    wanted = [expected(x)[0] for x in inputs]
    failures = []

    def work(index):
        for _ in range(100):
            if not np.allclose(session.run(None, inputs[index])[0], wanted[index], atol=2e-3):
                failures.append(index)

    threads = [threading.Thread(target=work, args=(index,)) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_it_can_be_registered_and_unregistered_again_and_again(plugin):
    x = feeds(TensorProto.FLOAT16)
    wanted = expected(x)[0]
    for _ in range(10):
        onnxruntime.register_execution_provider_library("pagedattention", plugin)
        session = open_by_device(model(TensorProto.FLOAT16))
        np.testing.assert_allclose(session.run(None, x)[0], wanted, atol=2e-3)
        del session
        gc.collect()
        onnxruntime.unregister_execution_provider_library("pagedattention")
        assert devices() == []


def test_a_session_may_outlive_the_registration(plugin):
    x = feeds(TensorProto.FLOAT16)
    onnxruntime.register_execution_provider_library("pagedattention", plugin)
    session = open_by_device(model(TensorProto.FLOAT16))
    onnxruntime.unregister_execution_provider_library("pagedattention")
    np.testing.assert_allclose(session.run(None, x)[0], expected(x)[0], atol=2e-3)
    del session
    gc.collect()
