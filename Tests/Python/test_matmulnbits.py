"""Our MatMulNBits beside ONNX Runtime's own, with accuracy level 4, in one session each."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

TYPES = {"float32": (TensorProto.FLOAT, np.float32), "float16": (TensorProto.FLOAT16, np.float16)}


def model(domain, x, k, n, block=32, zero_points=False, bias=False, **changes):
    """A model of one node, random weights as constants."""
    random = np.random.default_rng(k * n + block)
    element, dtype = TYPES[x]
    blocks = -(-k // block)
    constants = {
        "codes": random.integers(0, 256, (n, blocks, block // 2), dtype=np.uint8),
        "scales": random.uniform(-0.02, 0.02, n * blocks).astype(dtype),
        "zeros": random.integers(0, 256, (n * -(-blocks // 2)), dtype=np.uint8) if zero_points else None,
        "bias": random.uniform(-1, 1, n).astype(dtype) if bias else None,
    }
    names = ["a", "codes", "scales", "zeros" if zero_points else "", "", "bias" if bias else ""]
    while not names[-1]:
        names.pop()
    attributes = {"K": k, "N": n, "bits": 4, "block_size": block, "accuracy_level": 4, **changes}
    node = helper.make_node("MatMulNBits", names, ["y"], name="product", domain=domain, **attributes)
    graph = helper.make_graph(
        [node], "product", [helper.make_tensor_value_info("a", element, ["rows", "tokens", k])],
        [helper.make_tensor_value_info("y", element, None)],
        [numpy_helper.from_array(array, name) for name, array in constants.items() if array is not None])
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid(domain, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10).SerializeToString()


@pytest.mark.parametrize("x", TYPES)
@pytest.mark.parametrize("block", [32, 64, 128, 256])
@pytest.mark.parametrize("k,n", [(256, 96), (896, 129), (320, 33)])
@pytest.mark.parametrize("zero_points,bias", [(False, False), (True, False), (False, True), (True, True)])
def test_it_computes_what_onnx_runtimes_own_does(load, x, block, k, n, zero_points, bias):
    if k % block and onnxruntime.__version__.startswith("1.18"):
        pytest.skip("ONNX Runtime 1.18 has no rows that end within a block")
    ours = load(model("ai.pagedattention", x, k, n, block, zero_points, bias))
    theirs = load(model("com.microsoft", x, k, n, block, zero_points, bias))
    for rows, tokens in [(1, 1), (1, 2), (3, 1), (2, 4), (1, 9), (1, 40)]:
        a = np.random.default_rng(rows * tokens).standard_normal((rows, tokens, k)).astype(TYPES[x][1])
        got, wanted = ours.run(None, {"a": a})[0], theirs.run(None, {"a": a})[0]
        assert got.shape == wanted.shape == (rows, tokens, n) and got.dtype == wanted.dtype
        tolerance = 2e-5 if x == "float32" else 4e-3
        np.testing.assert_allclose(got, wanted, rtol=tolerance, atol=tolerance)


def test_its_shape_is_known_while_a_model_loads(load):
    if tuple(map(int, onnxruntime.__version__.split(".")[:2])) < (1, 24):
        pytest.skip("ONNX Runtime before 1.24 does not ask for shapes")
    [output] = load(model("ai.pagedattention", "float32", 64, 48)).get_outputs()
    assert output.shape == ["rows", "tokens", 48]


@pytest.mark.parametrize("changes,message", [
    ({"accuracy_level": 0}, "accuracy_level must be 4, got 0"),
    ({"bits": 8}, "bits must be 4, got 8"),
    ({"block_size": 16}, "block_size must be one of"),
    ({"N": 0}, "N must be from 1 to"),
])
def test_a_node_that_it_does_not_serve_is_refused_while_a_model_loads(load, changes, message):
    with pytest.raises(Exception, match=message):
        load(model("ai.pagedattention", "float32", 64, 48, **changes))


def test_weights_that_do_not_fit_the_attributes_are_refused_when_it_runs(load):
    session = load(model("ai.pagedattention", "float32", 64, 48, N=49))
    with pytest.raises(Exception, match=r"B must have 1568 elements of uint8, got uint8 of shape \(48, 2, 16\)"):
        session.run(None, {"a": np.zeros((1, 1, 64), np.float32)})
