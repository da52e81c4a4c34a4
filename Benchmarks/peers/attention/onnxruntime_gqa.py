"""ONNX Runtime's GroupQueryAttention, what its CPU provider has instead of PagedAttention.

Its cache is dense, [sequences, heads, most tokens, size], and shared between `past` and `present`, as
onnxruntime-genai binds it. Sequences with equally many new tokens are one call.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper

from job import Floats, Job, Tensors
from peer import Attention, Peer

# Types of activations and caches, in NumPy and in ONNX.
TYPES = {
    "float32": (np.float32, TensorProto.FLOAT),
    "float16": (np.float16, TensorProto.FLOAT16),
    "int8": (np.int8, TensorProto.INT8),
}


@dataclass
class Batch:
    """Sequences with equally many new tokens, and what is bound for each copy of their cache."""

    sequences: list[int]
    bindings: list[ort.IOBinding]
    output: ort.OrtValue
    # Bindings do not keep what is bound.
    kept: list[ort.OrtValue]


class GroupQueryAttentionPeer(Peer):
    """One session with one node; int8 caches have a scale for each tensor and float32 queries."""

    name = "ONNX Runtime GQA"
    version = ort.__version__
    caches = tuple(TYPES)

    def __init__(self, threads: int) -> None:
        self.threads = threads

    def prepare(self, job: Job, tensors: Tensors) -> Attention:
        options = ort.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        session = ort.InferenceSession(
            model(job).SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        return GroupQueryAttention(job, tensors, session)


class GroupQueryAttention(Attention):
    """One call for each number of new tokens that some sequences have."""

    def __init__(self, job: Job, tensors: Tensors, session: ort.InferenceSession) -> None:
        self.job = job
        self.session = session
        self.batches: list[Batch] = []
        for new in sorted(set(job.new)):
            sequences = [i for i, count in enumerate(job.new) if count == new]
            self.batches.append(self._batch(tensors, sequences))

    def call(self, copy: int) -> None:
        for batch in self.batches:
            self.session.run_with_iobinding(batch.bindings[copy])

    def output(self) -> Floats:
        job = self.job
        result = np.empty((sum(job.new), job.heads * job.head_size), np.float32)
        for batch in self.batches:
            for row, sequence in enumerate(batch.sequences):
                rows = slice(*job.query_starts[sequence : sequence + 2])
                result[rows] = batch.output.numpy()[row]
        return result

    def _batch(self, tensors: Tensors, sequences: list[int]) -> Batch:
        """Binds the tensors of some sequences; the caches hold the tokens before the new ones."""
        job = self.job
        data = list(tensors.sequences())
        count, new = len(sequences), job.new[sequences[0]]
        longest = max(job.totals[i] for i in sequences)
        activation = TYPES["float32" if job.cache == "int8" else job.cache][0]

        def new_rows(which: int) -> NDArray[np.generic]:
            rows = [data[i][which][-new:].reshape(new, -1) for i in sequences]
            return np.stack(rows).astype(activation)

        inputs = {
            "query": new_rows(0),
            "key": new_rows(1),
            "value": new_rows(2),
            "seqlens_k": np.array([job.totals[i] - 1 for i in sequences], np.int32),
            "total_sequence_length": np.array([longest], np.int32),
        }
        caches = {}
        for which, name in ((1, "key"), (2, "value")):
            scale = float(np.abs(tensors.key if which == 1 else tensors.value).max() / 127)
            if job.cache == "int8":
                inputs[f"{name[0]}_scale"] = np.array([scale], np.float32)
            cache = np.zeros((count, job.key_value_heads, longest, job.head_size), np.float32)
            for row, i in enumerate(sequences):
                cache[row, :, : job.past[i]] = data[i][which][: job.past[i]].transpose(1, 0, 2)
            caches[name] = encoded(cache, job.cache, scale)
        output = np.zeros((count, new, job.heads * job.head_size), activation)
        return self._bind(sequences, inputs, caches, output)

    def _bind(
        self,
        sequences: list[int],
        inputs: dict[str, NDArray[np.generic]],
        caches: dict[str, NDArray[np.generic]],
        output: NDArray[np.generic],
    ) -> Batch:
        value = ort.OrtValue.ortvalue_from_numpy
        batch = Batch(sequences, [], value(output), [])
        bound = {name: value(array) for name, array in inputs.items()}
        batch.kept += bound.values()
        for _ in range(self.job.copies):
            binding = self.session.io_binding()
            for name, tensor in bound.items():
                binding.bind_ortvalue_input(name, tensor)
            for name, array in caches.items():
                cache = value(array)
                batch.kept.append(cache)
                binding.bind_ortvalue_input(f"past_{name}", cache)
                binding.bind_ortvalue_output(f"present_{name}", cache)
            binding.bind_ortvalue_output("output", batch.output)
            batch.bindings.append(binding)
        return batch


def encoded(values: Floats, cache: str, scale: float) -> NDArray[np.generic]:
    """Values in the cache's type."""
    if cache == "int8":
        return np.clip(np.rint(values / scale), -128, 127).astype(np.int8)
    return values.astype(TYPES[cache][0])


def model(job: Job) -> ModelProto:
    """A model of one GroupQueryAttention node."""
    cache = TYPES[job.cache][1]
    activation = TensorProto.FLOAT if job.cache == "int8" else cache
    width, size = job.key_value_heads * job.head_size, job.head_size
    shapes: dict[str, tuple[int, list[str | int | None]]] = {
        "query": (activation, ["B", "S", job.heads * size]),
        "key": (activation, ["B", "S", width]),
        "value": (activation, ["B", "S", width]),
        "past_key": (cache, ["B", job.key_value_heads, "M", size]),
        "past_value": (cache, ["B", job.key_value_heads, "M", size]),
        "seqlens_k": (TensorProto.INT32, ["B"]),
        "total_sequence_length": (TensorProto.INT32, [1]),
    }
    names = list(shapes)
    attributes: dict[str, Any] = {
        "num_heads": job.heads,
        "kv_num_heads": job.key_value_heads,
        "scale": job.scale,
        "do_rotary": 0,
    }
    if job.cache == "int8":
        scales = ["k_scale", "v_scale"]
        shapes.update({name: (TensorProto.FLOAT, [1]) for name in scales})
        # Between them: cos_cache, sin_cache, position_ids, attention_bias, head_sink.
        names += [""] * 5 + scales
        attributes.update(
            k_quant_type="PER_TENSOR", v_quant_type="PER_TENSOR", kv_cache_bit_width=8
        )
    outputs = ["output", "present_key", "present_value"]
    node = helper.make_node(
        "GroupQueryAttention", names, outputs, domain="com.microsoft", **attributes
    )
    shapes["output"] = shapes["query"]
    for name in ("key", "value"):
        shapes[f"present_{name}"] = shapes[f"past_{name}"]
    infos = {name: helper.make_tensor_value_info(name, *info) for name, info in shapes.items()}
    graph = helper.make_graph(
        [node],
        "attention",
        [info for name, info in infos.items() if name not in outputs],
        [infos[name] for name in outputs],
    )
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10)
