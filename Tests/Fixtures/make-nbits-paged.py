"""Makes nbits-paged: a paged decoder with one layer of random 4-bit weights.

ONNX Runtime computes a single row of a 4-bit product with another kernel than several rows, on most
processors with other last bits: the model on which lone rows have to be padded.

    python3 make-nbits-paged.py    (needs numpy and onnx)
"""

import json
import pathlib

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save_model

VOCABULARY, HIDDEN, HEADS, KV_HEADS, HEAD, POSITIONS = 128, 256, 4, 2, 64, 256
FOLDER = pathlib.Path(__file__).resolve().parent / "nbits-paged"
random = np.random.default_rng(2)
initializers, nodes = [], []


def constant(name, array):
    initializers.append(numpy_helper.from_array(array, name))
    return name


def product(x, y, rows, columns):
    codes = random.integers(0, 256, (columns, rows // 32, 16), dtype=np.uint8)
    scales = (random.random(columns * rows // 32) * 0.5 / np.sqrt(rows)).astype(np.float32)
    names = [x, constant(y + ".codes", codes), constant(y + ".scales", scales)]
    nodes.append(
        helper.make_node(
            "MatMulNBits",
            names,
            [y],
            domain="com.microsoft",
            K=rows,
            N=columns,
            bits=4,
            block_size=32,
            accuracy_level=4,
        )
    )


info = helper.make_tensor_value_info
cache = ["num_blocks", "block_size", KV_HEADS, HEAD]
inputs = [
    info("input_ids", TensorProto.INT32, ["num_tokens"]),
    info("past_key_values.0.key", TensorProto.FLOAT, cache),
    info("past_key_values.0.value", TensorProto.FLOAT, cache),
    info("block_table", TensorProto.INT32, ["batch", "max_num_blocks"]),
    info("cumulative_sequence_lengths", TensorProto.INT32, ["batch_and_one"]),
    info("past_sequence_lengths", TensorProto.INT32, ["batch"]),
    info("logits_indices", TensorProto.INT32, ["num_logits"]),
]
outputs = [
    info("logits", TensorProto.FLOAT, ["num_logits", VOCABULARY]),
    info("present.0.key", TensorProto.FLOAT, cache),
    info("present.0.value", TensorProto.FLOAT, cache),
]
embedding = constant("embedding", random.standard_normal((VOCABULARY, HIDDEN)).astype(np.float16))
angles = np.outer(np.arange(POSITIONS), 10000.0 ** (-np.arange(HEAD // 2) / (HEAD // 2)))
nodes.append(helper.make_node("Gather", [embedding, "input_ids"], ["embedded"]))
nodes.append(helper.make_node("Cast", ["embedded"], ["hidden"], to=TensorProto.FLOAT))
product("hidden", "qkv", HIDDEN, (HEADS + 2 * KV_HEADS) * HEAD)
nodes.append(
    helper.make_node(
        "PagedAttention",
        ["qkv", "", "", inputs[1].name, inputs[2].name, inputs[4].name, inputs[5].name]
        + ["block_table", constant("cos", np.cos(angles).astype(np.float32))]
        + [constant("sin", np.sin(angles).astype(np.float32))],
        ["attention", outputs[1].name, outputs[2].name],
        domain="com.microsoft",
        num_heads=HEADS,
        kv_num_heads=KV_HEADS,
        do_rotary=1,
    )
)
product("attention", "projected", HIDDEN, HIDDEN)
nodes.append(helper.make_node("Add", ["hidden", "projected"], ["sum"]))
nodes.append(helper.make_node("Gather", ["sum", "logits_indices"], ["wanted"]))
product("wanted", "logits", HIDDEN, VOCABULARY)

graph = helper.make_graph(nodes, "nbits-paged", inputs, outputs, initializers)
opsets = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]
FOLDER.mkdir(exist_ok=True)
save_model(helper.make_model(graph, opset_imports=opsets, ir_version=10), FOLDER / "model.onnx")
decoder = {
    "filename": "model.onnx",
    "head_size": HEAD,
    "hidden_size": HIDDEN,
    "num_attention_heads": HEADS,
    "num_key_value_heads": KV_HEADS,
    "num_hidden_layers": 1,
}
model = {
    "type": "llama",
    "vocab_size": VOCABULARY,
    "context_length": POSITIONS,
    "eos_token_id": 0,
    "decoder": decoder,
}
(FOLDER / "genai_config.json").write_text(json.dumps({"model": model}, indent=1) + "\n")
