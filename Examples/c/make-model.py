#!/usr/bin/env python3
"""Writes a model whose only node is PagedAttention, for attention.c: make-model.py FILE."""

import sys

import onnx
from onnx import TensorProto, helper

CACHE = ["blocks", "block_size", 1, 8]
INPUTS = {
    "query": (TensorProto.FLOAT, ["tokens", 16]),
    "key": (TensorProto.FLOAT, ["tokens", 8]),
    "value": (TensorProto.FLOAT, ["tokens", 8]),
    "key_cache": (TensorProto.FLOAT, CACHE),
    "value_cache": (TensorProto.FLOAT, CACHE),
    "cumulative_sequence_length": (TensorProto.INT32, ["sequences_and_one"]),
    "past_seqlens": (TensorProto.INT32, ["sequences"]),
    "block_table": (TensorProto.INT32, ["sequences", "columns"]),
}
OUTPUTS = {
    "output": (TensorProto.FLOAT, ["tokens", 16]),
    "key_cache_out": (TensorProto.FLOAT, CACHE),
    "value_cache_out": (TensorProto.FLOAT, CACHE),
}

node = helper.make_node(
    "PagedAttention", list(INPUTS), list(OUTPUTS), domain="com.microsoft", num_heads=2, kv_num_heads=1
)
graph = helper.make_graph(
    [node],
    "attention",
    [helper.make_tensor_value_info(name, *info) for name, info in INPUTS.items()],
    [helper.make_tensor_value_info(name, *info) for name, info in OUTPUTS.items()],
)
opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), sys.argv[1])
