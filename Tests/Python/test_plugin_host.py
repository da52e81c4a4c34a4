"""How the plugin behaves as a guest: aliasing, refusals, threads, loading and unloading."""

import gc
import threading

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper
from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument

from paged_models import feeds, model
from test_plugin_numerics import expected


def test_a_cache_bound_as_input_and_output_is_changed_in_place(load):
    x = feeds()
    session = load(model())
    binding = session.io_binding()
    caches = {}
    for name, array in x.items():
        value = onnxruntime.OrtValue.ortvalue_from_numpy(array)
        caches[name] = value
        binding.bind_ortvalue_input(name, value)
    binding.bind_output("output")
    binding.bind_ortvalue_output("key_cache_out", caches["key_cache"])
    binding.bind_ortvalue_output("value_cache_out", caches["value_cache"])
    session.run_with_iobinding(binding)
    outputs = binding.get_outputs()
    assert outputs[1].data_ptr() == caches["key_cache"].data_ptr()
    assert outputs[2].data_ptr() == caches["value_cache"].data_ptr()
    _, key_cache, value_cache = expected(x)
    np.testing.assert_allclose(caches["key_cache"].numpy(), key_cache, atol=1e-6)
    np.testing.assert_allclose(caches["value_cache"].numpy(), value_cache, atol=1e-6)


def test_a_cache_output_with_its_own_memory_is_a_copy(load):
    x = feeds()
    before = x["key_cache"].copy()
    output, key_cache, value_cache = load(model()).run(None, x)
    wanted = expected(x)
    np.testing.assert_allclose(output, wanted[0], atol=1e-5)
    np.testing.assert_allclose(key_cache, wanted[1], atol=1e-6)
    np.testing.assert_allclose(value_cache, wanted[2], atol=1e-6)
    assert np.array_equal(x["key_cache"], before)


def test_the_copy_is_reported_once(plugin, capfd):
    options = onnxruntime.SessionOptions()
    options.register_custom_ops_library(plugin)
    session = onnxruntime.InferenceSession(model(), options)
    for _ in range(3):
        session.run(None, feeds())
    assert capfd.readouterr().err.count("copies the whole key/value cache") == 1


def test_cache_outputs_may_be_left_out(load):
    x = feeds()
    wanted = expected(x)
    (output,) = load(model(cache_outputs=False)).run(None, x)
    np.testing.assert_allclose(output, wanted[0], atol=1e-5)
    np.testing.assert_allclose(x["key_cache"], wanted[1], atol=1e-6)


def test_two_nodes_in_a_row_share_the_callers_cache(load):
    """The aliases 3 -> 1 and 4 -> 2: no copy between nodes of one graph."""
    first = helper.make_node(
        "PagedAttention",
        ["query", "key", "value", "key_cache", "value_cache", "cum", "past", "table"],
        ["middle", "key_middle", "value_middle"],
        domain="com.microsoft",
        num_heads=4,
        kv_num_heads=2,
    )
    second = helper.make_node(
        "PagedAttention",
        ["middle", "key", "value", "key_middle", "value_middle", "cum", "past", "table"],
        ["output", "key_last", "value_last"],
        domain="com.microsoft",
        num_heads=4,
        kv_num_heads=2,
    )
    info = helper.make_tensor_value_info
    cache = ["blocks", "block_size", 2, 16]
    graph = helper.make_graph(
        [first, second],
        "graph",
        [
            info("query", TensorProto.FLOAT, ["tokens", 64]),
            info("key", TensorProto.FLOAT, ["tokens", 32]),
            info("value", TensorProto.FLOAT, ["tokens", 32]),
            info("key_cache", TensorProto.FLOAT, cache),
            info("value_cache", TensorProto.FLOAT, cache),
            info("cum", TensorProto.INT32, ["n"]),
            info("past", TensorProto.INT32, ["b"]),
            info("table", TensorProto.INT32, ["b", "m"]),
        ],
        [info("output", TensorProto.FLOAT, ["tokens", 64])],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    made = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    x = feeds()
    names = {"cumulative_sequence_length": "cum", "past_seqlens": "past", "block_table": "table"}
    values = {names.get(name, name): array for name, array in x.items()}
    wanted = expected(x)
    (output,) = load(made.SerializeToString()).run(None, values)
    np.testing.assert_allclose(values["key_cache"], wanted[1], atol=1e-6)
    x["query"] = wanted[0]
    np.testing.assert_allclose(output, expected(x)[0], atol=1e-5)


def test_a_bad_input_is_an_invalid_argument_and_the_process_lives(load):
    session = load(model())
    bad = feeds()
    bad["block_table"] = bad["block_table"][:1]
    with pytest.raises(InvalidArgument, match="block_table"):
        session.run(None, bad)
    output = session.run(None, feeds())[0]
    np.testing.assert_allclose(output, expected(feeds())[0], atol=1e-5)


def test_malformed_lengths_and_blocks_never_end_the_process(load):
    session = load(model())
    random = np.random.default_rng(3)
    for _ in range(200):
        x = feeds()
        name = ["cumulative_sequence_length", "past_seqlens", "block_table"][random.integers(3)]
        x[name] = random.integers(-(2**31), 2**31, x[name].shape, dtype=np.int32)
        try:
            session.run(None, x)
        except InvalidArgument:
            pass
    output = session.run(None, feeds())[0]
    np.testing.assert_allclose(output, expected(feeds())[0], atol=1e-5)


@pytest.mark.parametrize(
    "attributes, text",
    [
        ({"kv_num_heads": 3}, "kv_num_heads"),
        ({"k_quant_type": "PER_TOKEN"}, "k_quant_type"),
        ({"kv_cache_layout": "SPARSE"}, "kv_cache_layout"),
        ({"rotary_offset": -8}, "rotary_offset"),
        ({"softcap": "big"}, "softcap"),
    ],
    ids=["kv_num_heads", "k_quant_type", "kv_cache_layout", "rotary_offset", "softcap"],
)
def test_a_bad_attribute_is_refused_by_name_when_the_model_loads(load, attributes, text):
    with pytest.raises(Exception, match=text):
        load(model(attributes=attributes))


def test_packed_columns_that_do_not_divide_are_an_invalid_argument(load):
    session = load(model(packed=True, attributes={"num_heads": 5, "kv_num_heads": 5}))
    with pytest.raises(InvalidArgument, match="query"):
        session.run(["output"], feeds(packed=True))


def test_element_types_that_do_not_go_together_are_refused_when_the_model_loads(load):
    with pytest.raises(Exception, match="PagedAttention"):
        load(model(TensorProto.FLOAT16, TensorProto.FLOAT))


@pytest.mark.skipif(
    tuple(map(int, onnxruntime.__version__.split(".")[:2])) < (1, 24),
    reason="older versions end the process when they describe absent inputs",
)
def test_output_shapes_are_inferred_so_that_fusions_go_on(plugin, tmp_path):
    """MatMul and Add behind the operator become one Gemm only if its output has a known rank."""
    paged = onnx.load_from_string(model(packed=True, cache_outputs=False))
    weight = onnx.numpy_helper.from_array(np.ones((64, 8), np.float32), "weight")
    bias = onnx.numpy_helper.from_array(np.ones(8, np.float32), "bias")
    paged.graph.initializer.extend([weight, bias])
    paged.graph.node.extend(
        [
            helper.make_node("MatMul", ["output", "weight"], ["product"]),
            helper.make_node("Add", ["product", "bias"], ["sum"]),
        ]
    )
    del paged.graph.output[:]
    paged.graph.output.append(helper.make_tensor_value_info("sum", TensorProto.FLOAT, None))
    options = onnxruntime.SessionOptions()
    options.register_custom_ops_library(plugin)
    options.optimized_model_filepath = str(tmp_path / "optimized.onnx")
    onnxruntime.InferenceSession(paged.SerializeToString(), options)
    optimized = onnx.load(tmp_path / "optimized.onnx")
    assert "Gemm" in [node.op_type for node in optimized.graph.node]


@pytest.mark.skipif(
    tuple(map(int, onnxruntime.__version__.split(".")[:2])) < (1, 24),
    reason="older versions end the process when they describe absent inputs",
)
def test_a_query_of_unknown_rank_leaves_the_rank_of_the_output_unknown(load):
    """Declared a scalar, it would make the MatMul behind the operator refuse to load."""
    paged = onnx.load_from_string(model(cache_outputs=False))
    paged.graph.node[0].input[0] = "reshaped"
    paged.graph.node.insert(0, helper.make_node("Reshape", ["query", "shape"], ["reshaped"]))
    # A shape of unknown length: nothing is known of what it makes.
    paged.graph.input.append(helper.make_tensor_value_info("shape", TensorProto.INT64, ["rank"]))
    weight = onnx.numpy_helper.from_array(np.ones((64, 8), np.float32), "weight")
    paged.graph.initializer.append(weight)
    paged.graph.node.append(helper.make_node("MatMul", ["output", "weight"], ["product"]))
    del paged.graph.output[:]
    paged.graph.output.append(helper.make_tensor_value_info("product", TensorProto.FLOAT, None))
    x = feeds()
    wanted = expected(x)[0]
    shape = np.array(x["query"].shape, np.int64)
    (product,) = load(paged.SerializeToString()).run(None, {**x, "shape": shape})
    np.testing.assert_allclose(product, wanted @ np.ones((64, 8)), atol=1e-4)


def test_one_cache_output_without_the_other_is_an_invalid_argument(load):
    paged = onnx.load_from_string(model())
    del paged.graph.node[0].output[2]
    del paged.graph.output[2]
    x = feeds()
    before = x["key_cache"].copy()
    with pytest.raises(InvalidArgument, match="value_cache_out"):
        load(paged.SerializeToString()).run(None, x)
    assert np.array_equal(x["key_cache"], before)


def test_two_threads_may_run_one_session(load):
    session = load(model())
    inputs = [feeds(seed=seed) for seed in range(2)]
    wanted = [expected(x)[0] for x in inputs]
    failures = []

    def work(index):
        for _ in range(100):
            output = session.run(None, inputs[index])[0]
            if not np.allclose(output, wanted[index], atol=1e-5):
                failures.append(index)

    threads = [threading.Thread(target=work, args=(index,)) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_the_plugin_can_be_loaded_and_unloaded_again_and_again(load):
    x = feeds()
    wanted = expected(x)[0]
    for _ in range(10):
        session = load(model())
        np.testing.assert_allclose(session.run(None, x)[0], wanted, atol=1e-5)
        del session
        gc.collect()
