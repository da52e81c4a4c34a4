"""One-node PagedAttention models and matching random inputs."""

import ml_dtypes
import numpy as np
import onnx
from onnx import TensorProto, helper

NUMPY_TYPES = {
    TensorProto.FLOAT: np.float32,
    TensorProto.FLOAT16: np.float16,
    TensorProto.BFLOAT16: ml_dtypes.bfloat16,
}
INPUT_NAMES = [
    "query", "key", "value", "key_cache", "value_cache", "cumulative_sequence_length",
    "past_seqlens", "block_table", "cos_cache", "sin_cache", "slot_mapping",
]  # fmt: skip


def model(
    activation=TensorProto.FLOAT,
    cache=None,
    domain="com.microsoft",
    heads=4,
    kv_heads=2,
    head_size=16,
    packed=False,
    rotary=False,
    slot_mapping=False,
    cache_outputs=True,
    attributes=None,
):
    """A serialised model whose only node is PagedAttention."""
    cache = cache or activation
    info = helper.make_tensor_value_info
    columns = (heads + 2 * kv_heads) * head_size if packed else heads * head_size
    cache_shape = ["blocks", "block_size", kv_heads, head_size]
    shapes = {
        "query": (activation, ["tokens", columns]),
        "key": (activation, ["tokens", kv_heads * head_size]),
        "value": (activation, ["tokens", kv_heads * head_size]),
        "key_cache": (cache, cache_shape),
        "value_cache": (cache, cache_shape),
        "cumulative_sequence_length": (TensorProto.INT32, ["sequences_and_one"]),
        "past_seqlens": (TensorProto.INT32, ["sequences"]),
        "block_table": (TensorProto.INT32, ["sequences", "columns"]),
        "cos_cache": (activation, ["positions", "half"]),
        "sin_cache": (activation, ["positions", "half"]),
        "slot_mapping": (TensorProto.INT32, ["tokens"]),
    }
    absent = set()
    if packed:
        absent |= {"key", "value"}
    if not rotary:
        absent |= {"cos_cache", "sin_cache"}
    if not slot_mapping:
        absent |= {"slot_mapping"}
    names = ["" if name in absent else name for name in INPUT_NAMES]
    while names[-1] == "":
        names.pop()
    inputs = [info(name, *shapes[name]) for name in names if name]
    outputs = [info("output", activation, ["tokens", heads * head_size])]
    if cache_outputs:
        outputs += [info("key_cache_out", cache, cache_shape)]
        outputs += [info("value_cache_out", cache, cache_shape)]
    node = helper.make_node(
        "PagedAttention",
        names,
        [output.name for output in outputs],
        name="attention",
        domain=domain,
        **{
            "num_heads": heads,
            "kv_num_heads": kv_heads,
            "do_rotary": int(rotary),
            **(attributes or {}),
        },
    )
    graph = helper.make_graph([node], "graph", inputs, outputs)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(domain, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()


def feeds(
    activation=TensorProto.FLOAT,
    cache=None,
    heads=4,
    kv_heads=2,
    head_size=16,
    packed=False,
    rotary=False,
    blocks=12,
    block_size=16,
    past=(5, 20, 0),
    new=(1, 3, 17),
    seed=1,
):
    """Random inputs for `model` with sequences of `past` cached and `new` tokens."""
    random = np.random.default_rng(seed)
    cache_type = NUMPY_TYPES[cache or activation]
    activation_type = NUMPY_TYPES[activation]
    tokens = sum(new)
    columns = max(-(-(p + n) // block_size) for p, n in zip(past, new))
    order = iter(random.permutation(blocks))
    table = np.full((len(past), columns), -1, dtype=np.int32)
    for sequence, (p, n) in enumerate(zip(past, new)):
        for column in range(-(-(p + n) // block_size)):
            table[sequence, column] = next(order)

    def normal(*shape, dtype=activation_type):
        return random.standard_normal(shape).astype(np.float32).astype(dtype)

    result = {
        "query": normal(tokens, (heads + 2 * kv_heads if packed else heads) * head_size),
        "key_cache": normal(blocks, block_size, kv_heads, head_size, dtype=cache_type),
        "value_cache": normal(blocks, block_size, kv_heads, head_size, dtype=cache_type),
        "cumulative_sequence_length": np.cumsum([0, *new]).astype(np.int32),
        "past_seqlens": np.array(past, dtype=np.int32),
        "block_table": table,
    }
    if not packed:
        result["key"] = normal(tokens, kv_heads * head_size)
        result["value"] = normal(tokens, kv_heads * head_size)
    if rotary:
        angles = random.uniform(0, 2 * np.pi, (64, head_size // 2))
        result["cos_cache"] = np.cos(angles).astype(activation_type)
        result["sin_cache"] = np.sin(angles).astype(activation_type)
    return result


def two_nodes(activation):
    """Nodes in a row that share the caller's caches, which are no outputs."""
    paged = onnx.load_from_string(model(activation))
    first = paged.graph.node[0]
    second = onnx.NodeProto()
    second.CopyFrom(first)
    second.name = "second"
    first.output[:] = ["middle", "key_middle", "value_middle"]
    second.input[0] = "middle"
    second.input[3:5] = ["key_middle", "value_middle"]
    paged.graph.node.append(second)
    del paged.graph.output[1:]
    del second.output[1:]
    return paged.SerializeToString()
