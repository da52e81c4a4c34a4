"""Makes the dense twin of a paged model folder: float32, GroupQueryAttention, a cache per sequence.

onnxruntime-genai's Generator runs it on a CPU without any plugin, which makes it something to
compare tokens with.
"""

import json
import shutil

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

TOKENIZER = ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"]


def make_twin(source, target):
    """Writes the twin of the model folder `source` to the new folder `target`."""
    target.mkdir()
    for name in TOKENIZER:
        shutil.copyfile(source / name, target / name)
    onnx.save(twin(onnx.load(source / "model.onnx")), target / "model.onnx")
    config = json.loads((source / "genai_config.json").read_text())
    decoder = config["model"]["decoder"]
    del config["engine"], decoder["state_groups"]
    decoder["inputs"] = {
        "input_ids": "input_ids",
        "attention_mask": "attention_mask",
        **{name: decoder["inputs"][name] for name in ("past_key_names", "past_value_names")},
    }
    (target / "genai_config.json").write_text(json.dumps(config))


def twin(model):
    """The model with dense attention, float32 numbers, and logits of every token."""
    graph = model.graph
    for weight in graph.initializer:
        if weight.data_type == TensorProto.FLOAT16:
            numbers = numpy_helper.to_array(weight).astype(np.float32)
            weight.CopyFrom(numpy_helper.from_array(numbers, weight.name))
    nodes = [*lengths(graph)]
    renamed = {}
    for node in graph.node:
        for index, name in enumerate(node.input):
            node.input[index] = renamed.get(name, name)
        if node.op_type == "Gather" and node.input[1] == "logits_indices":
            renamed[node.output[0]] = node.input[0]
        else:
            nodes.append(dense(node) if node.op_type == "PagedAttention" else node)
    columns = graph.output[0].type.tensor_type.shape.dim[1].dim_value
    caches = [value for value in graph.input if value.name.startswith("past_key_values.")]
    heads, size = (d.dim_value for d in caches[0].type.tensor_type.shape.dim[2:])
    inputs = [
        helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "tokens"]),
        helper.make_tensor_value_info("attention_mask", TensorProto.INT64, ["batch", "total"]),
        *(cache(value.name, "past", heads, size) for value in caches),
    ]
    outputs = [
        helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", "tokens", columns]),
        *(cache(value.name, "total", heads, size) for value in graph.output[1:]),
    ]
    made = helper.make_graph(nodes, "twin", inputs, outputs, graph.initializer)
    return helper.make_model(made, opset_imports=model.opset_import, ir_version=model.ir_version)


def cache(name, length, heads, size):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", heads, length, size])


def lengths(graph):
    """Nodes that make GroupQueryAttention's lengths of the attention mask."""
    graph.initializer.append(numpy_helper.from_array(np.array([1], np.int64), "one"))
    graph.initializer.append(numpy_helper.from_array(np.array(1, np.int64), "axis"))
    yield helper.make_node("ReduceSum", ["attention_mask", "one"], ["counts"], keepdims=0)
    yield helper.make_node("Sub", ["counts", "one"], ["last"])
    yield helper.make_node("Cast", ["last"], ["seqlens_k"], to=TensorProto.INT32)
    yield helper.make_node("Shape", ["attention_mask"], ["mask_shape"])
    yield helper.make_node("Gather", ["mask_shape", "axis"], ["total"], axis=0)
    yield helper.make_node("Cast", ["total"], ["total_sequence_length"], to=TensorProto.INT32)


def dense(node):
    """GroupQueryAttention with the same packed row, rotation and attributes."""
    query, key, value, past_key, past_value, _, _, _, cos, sin = node.input[:10]
    given = [query, key, value, past_key, past_value, "seqlens_k", "total_sequence_length"]
    made = helper.make_node(
        "GroupQueryAttention", [*given, cos, sin], node.output, node.name, domain="com.microsoft"
    )
    made.attribute.extend(node.attribute)
    return made
