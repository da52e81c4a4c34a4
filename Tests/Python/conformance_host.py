"""One call of an operator inside onnxruntime: the model, the session, and caches bound in place."""

import functools

import ml_dtypes
import numpy as np
import onnxruntime
from onnx import TensorProto, helper

INPUTS = {
    "PagedAttention": [
        "query", "key", "value", "key_cache", "value_cache", "cumulative_sequence_length",
        "past_seqlens", "block_table", "cos_cache", "sin_cache", "slot_mapping", "head_sink",
        "q_norm_weight", "k_norm_weight", "k_scale", "v_scale", "attention_metadata",
    ],
    "SparsePagedAttention": [
        "query", "key", "value", "key_cache", "value_cache", "cumulative_sequence_length",
        "past_seqlens", "block_table", "slot_mapping", "selected_indices", "selected_counts",
        "auxiliary_key", "auxiliary_value", "auxiliary_lengths", "cos_cache", "sin_cache",
        "head_sink", "q_norm_weight", "k_norm_weight", "k_scale", "v_scale", "attention_metadata",
    ],
}  # fmt: skip
TENSOR_TYPES = {
    np.dtype(np.float32): TensorProto.FLOAT,
    np.dtype(np.float16): TensorProto.FLOAT16,
    np.dtype(ml_dtypes.bfloat16): TensorProto.BFLOAT16,
    np.dtype(ml_dtypes.float8_e4m3fn): TensorProto.FLOAT8E4M3FN,
    np.dtype(np.int8): TensorProto.INT8,
    np.dtype(np.uint8): TensorProto.UINT8,
    np.dtype(np.int32): TensorProto.INT32,
}
UNKNOWN_TO_NUMPY = {1: np.uint8, 2: np.uint16}


def serialised(operator, inputs, attributes, outputs=None, unknown=()):
    """A model of one node. Only packed columns are fixed; `unknown` inputs have no rank."""
    names = [name if name in inputs else "" for name in INPUTS[operator]]
    while not names[-1]:
        names.pop()

    def shape(name):
        axes = [f"{name}_{axis}" for axis in range(inputs[name].ndim)]
        packed = name == "query" and "key" not in inputs and len(axes) == 2
        return [axes[0], inputs[name].shape[1]] if packed else axes

    def described(name):
        known = None if name in unknown else shape(name)
        return helper.make_tensor_value_info(name, TENSOR_TYPES[inputs[name].dtype], known)

    node = helper.make_node(
        operator,
        names,
        outputs or cache_outputs(inputs),
        name="attention",
        domain="com.microsoft",
        **attributes,
    )
    types = {
        "output": inputs["query"].dtype,
        "key_cache_out": inputs["key_cache"].dtype,
        "value_cache_out": inputs.get("value_cache", inputs["key_cache"]).dtype,
    }
    graph = helper.make_graph(
        [node],
        "graph",
        [described(name) for name in names if name],
        [helper.make_tensor_value_info(n, TENSOR_TYPES[types[n]], None) for n in node.output],
    )
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10).SerializeToString()


def cache_outputs(inputs):
    """The outputs of a call that returns every cache it is given."""
    caches = [name for name in ("key_cache", "value_cache") if name in inputs]
    return ["output", *(f"{name}_out" for name in caches)]


class Host:
    """Opens sessions with the plugin registered."""

    def __init__(self, plugin):
        self.plugin = plugin
        self.session_of = functools.lru_cache(maxsize=8)(self.open)

    def open(self, model, sdpa_kernel=0):
        options = onnxruntime.SessionOptions()
        options.register_custom_ops_library(self.plugin)
        options.intra_op_num_threads = 2
        options.log_severity_level = 4
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        if sdpa_kernel:
            options.add_session_config_entry("pagedattention.sdpa_kernel", str(sdpa_kernel))
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def call(self, operator, inputs, attributes, output_shape, sdpa_kernel=0, outputs=None):
        """Output and caches after one call, by name; the given arrays are not changed."""
        outputs = outputs or cache_outputs(inputs)
        session = self.session_of(serialised(operator, inputs, attributes, outputs), sdpa_kernel)
        return run(session, inputs, output_shape, outputs)


def run(session, inputs, output_shape, outputs):
    """Runs with every cache bound as input and output, and the output full of NaN beforehand."""
    arrays = {n: a.copy() if n.endswith("_cache") else a for n, a in inputs.items()}
    binding = session.io_binding()
    values = {name: ort_value(array) for name, array in arrays.items()}
    for name, value in values.items():
        binding.bind_ortvalue_input(name, value)
    arrays["output"] = np.full(output_shape, np.nan, np.float32).astype(inputs["query"].dtype)
    values["output"] = ort_value(arrays["output"])
    for name in outputs:
        binding.bind_ortvalue_output(name, values[name.removesuffix("_out")])
    session.run_with_iobinding(binding)
    return {name: arrays[name] for name in ("output", "key_cache", "value_cache") if name in arrays}


def ort_value(array):
    """A tensor in the memory of `array`."""
    array = np.ascontiguousarray(array)
    if array.dtype.name in ("bfloat16", "float8_e4m3fn"):
        return onnxruntime.OrtValue.ortvalue_from_numpy_with_onnx_type(
            array.view(UNKNOWN_TO_NUMPY[array.itemsize]), TENSOR_TYPES[array.dtype]
        )
    return onnxruntime.OrtValue.ortvalue_from_numpy(array)
