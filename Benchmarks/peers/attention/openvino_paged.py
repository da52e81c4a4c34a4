"""OpenVINO's PagedAttention, the operator inside its models with continuous batching, as a model of its own.

OpenVINO's Python names neither the operator's class nor its inputs in public: they are from the operator's
validation in OpenVINO 2026 and may change. The plugin chooses the layout of the caches, blocks of 32 on CPU.
"""


import numpy as np
import openvino as ov
from numpy.typing import NDArray
from openvino import Type, opset15
from openvino._pyopenvino import op

from job import Blocks, Floats, Integers, Job, Tensors, bfloat16_bits, from_bfloat16_bits
from peer import Attention, Peer

# OpenVINO's names of types. Its 8 bits are unsigned, with scales and zero points in the cache.
PRECISIONS = {"float32": "f32", "float16": "f16", "bfloat16": "bf16", "int8": "u8"}

# What a call gets besides the cache, in order, all of them vectors of int32.
SEQUENCES = ("past_lens", "subsequence_begins", "block_indices", "block_indices_begins")


class OpenVinoPeer(Peer):
    """Computes in float32, where the cache is not bfloat16."""

    name = "OpenVINO"
    version = ov.__version__.split("-")[0]
    caches = tuple(PRECISIONS)
    always_bfloat16 = False

    def __init__(self, threads: int) -> None:
        self.threads = threads

    def prepare(self, job: Job, tensors: Tensors) -> Attention:
        is_bfloat16 = self.always_bfloat16 or job.cache == "bfloat16"
        configuration = {
            "KV_CACHE_PRECISION": PRECISIONS[job.cache],
            "INFERENCE_PRECISION_HINT": "bf16" if is_bfloat16 else "f32",
            "INFERENCE_NUM_THREADS": self.threads,
            "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY",
            "ENABLE_CPU_PINNING": False,
        }
        compiled = ov.Core().compile_model(model(job), "CPU", configuration)
        return PagedAttention(job, tensors, compiled)


class OpenVinoBfloat16Peer(OpenVinoPeer):
    """The same with 8-bit caches and arithmetic in bfloat16, its choice where the processor has it."""

    name = "OpenVINO bf16"
    caches = ("int8",)
    always_bfloat16 = True


class PagedAttention(Attention):
    """A request for each copy of the cache."""

    def __init__(self, job: Job, tensors: Tensors, compiled: ov.CompiledModel) -> None:
        self.job = job
        self.compiled = compiled
        self.ports = {port.any_name: port for port in compiled.inputs}
        # Requests do not keep their tensors.
        self.kept: list[ov.Tensor] = []
        block_size = self.ports["value_cache"].partial_shape[2].get_length()
        blocks = Blocks.shuffled(job, block_size)
        caches = [self._cache(name, blocks) for name in ("key_cache", "value_cache")]
        if job.cache == "int8":
            self._quantise(tensors, blocks, caches)
        else:
            self._fill(tensors, blocks, caches)
        rows = tensors.new_rows
        tables = [blocks.of_sequence(job, i) for i in range(len(job.new))]
        inputs = sequence_inputs(job.past, job.new, tables)
        inputs |= self._activations(tensors.query, tensors.key[rows], tensors.value[rows])
        self.kept += inputs.values()
        self.requests = [
            self._request(inputs, [copied(cache) for cache in caches]) for _ in range(job.copies)
        ]
        self.last = 0

    def call(self, copy: int) -> None:
        self.requests[copy].infer()
        self.last = copy

    def output(self) -> Floats:
        values = self.requests[self.last].get_output_tensor(0).data
        if values.dtype == np.float32:
            return values
        return from_bfloat16_bits(values.view(np.uint16))

    def _cache(self, name: str, blocks: Blocks) -> ov.Tensor:
        """An empty cache in the plugin's layout: [blocks, heads, block size, head size], with room
        for scales and zero points in either of the last two if it has 8 bits."""
        port = self.ports[name]
        rest = [port.partial_shape[axis].get_length() for axis in (1, 2, 3)]
        tensor = ov.Tensor(port.element_type, ov.Shape([blocks.count, *rest]))
        tensor.data.view(np.uint8)[...] = 0
        return tensor

    def _fill(self, tensors: Tensors, blocks: Blocks, caches: list[ov.Tensor]) -> None:
        """Puts all tokens but the new ones into caches without codes."""
        block, offset = blocks.places // blocks.size, blocks.places % blocks.size
        new = tensors.new_rows
        for cache, exact in zip(caches, (tensors.key, tensors.value)):
            values: NDArray[np.generic] = exact
            if self.job.cache == "bfloat16":
                values = bfloat16_bits(exact)
            elif self.job.cache == "float16":
                values = exact.astype(np.float16)
            data = cache.data.view(values.dtype)
            data[block, :, offset] = values
            data[block[new], :, offset[new]] = 0

    def _quantise(self, tensors: Tensors, blocks: Blocks, caches: list[ov.Tensor]) -> None:
        """Lets the operator itself write the tokens but the new ones into the caches."""
        job = self.job
        for sequence, (past, (_, key, value)) in enumerate(zip(job.past, tensors.sequences())):
            if past == 0:
                continue
            table = blocks.of_sequence(job, sequence)[: -(-past // blocks.size)]
            inputs = sequence_inputs([0], [past], [table])
            query = np.zeros((past, job.heads, job.head_size), np.float32)
            inputs |= self._activations(query, key[:past], value[:past])
            self._request(inputs, caches).infer()

    def _activations(self, query: Floats, key: Floats, value: Floats) -> dict[str, ov.Tensor]:
        result = {}
        for name, values in (("query", query), ("key", key), ("value", value)):
            values = np.ascontiguousarray(values.reshape(len(values), -1))
            if self.ports[name].element_type == Type.bf16:
                result[name] = ov.Tensor(Type.bf16, ov.Shape(values.shape))
                result[name].data.view(np.uint16)[...] = bfloat16_bits(values)
            else:
                result[name] = ov.Tensor(values)
        return result

    def _request(self, inputs: dict[str, ov.Tensor], caches: list[ov.Tensor]) -> ov.InferRequest:
        request = self.compiled.create_infer_request()
        self.kept += caches
        for name, tensor in inputs.items():
            request.set_tensor(name, tensor)
        request.set_tensor("key_cache", caches[0])
        request.set_tensor("value_cache", caches[1])
        return request


def copied(tensor: ov.Tensor) -> ov.Tensor:
    """Another tensor with the same contents."""
    copy = ov.Tensor(tensor.element_type, tensor.shape)
    copy.data.view(np.uint8)[...] = tensor.data.view(np.uint8)
    return copy


def sequence_inputs(
    past: tuple[int, ...] | list[int], new: tuple[int, ...] | list[int], tables: list[Integers]
) -> dict[str, ov.Tensor]:
    """The operator's vectors over sequences."""

    def starts(counts: list[int]) -> NDArray[np.int64]:
        return np.concatenate([[0], np.cumsum(counts)])

    arrays = {
        "past_lens": past,
        "subsequence_begins": starts(list(new)),
        "block_indices": np.concatenate(tables),
        "block_indices_begins": starts([len(table) for table in tables]),
        "max_context_len": max(a + b for a, b in zip(past, new)),
    }
    return {name: ov.Tensor(np.array(values, np.int32)) for name, values in arrays.items()}


def model(job: Job) -> ov.Model:
    """A model of one PagedAttention node, without any of what it can do besides."""
    width = job.key_value_heads * job.head_size

    def parameter(name: str, kind: Type, shape: list[int]) -> ov.Node:
        return opset15.parameter(shape, kind, name=name)

    def constant(kind: type, value: float | None = None, rank: int = 1) -> ov.Node:
        if value is not None:
            return opset15.constant(np.array(value, kind))
        return opset15.constant(np.empty((0,) * rank, kind))

    cache_shape = [-1, job.key_value_heads, -1, -1]
    parameters = [
        parameter("query", Type.f32, [-1, job.heads * job.head_size]),
        parameter("key", Type.f32, [-1, width]),
        parameter("value", Type.f32, [-1, width]),
        parameter("key_cache", Type.dynamic, cache_shape),
        parameter("value_cache", Type.dynamic, cache_shape),
        *(parameter(name, Type.i32, [-1]) for name in SEQUENCES),
        parameter("max_context_len", Type.i32, []),
    ]
    integer, real = np.int32, np.float32
    inputs = [
        *parameters[:-1],
        constant(real, job.scale),
        constant(integer, 0),  # sliding_window
        constant(real),  # alibi_slopes
        parameters[-1],
        constant(integer),  # score_aggregation_window, which a scalar would turn on
        constant(integer),  # rotated_block_indices
        constant(integer),  # rotation_deltas
        constant(real),  # rotation_trig_lut
        constant(real),  # xattention_threshold
        constant(integer, 0),  # xattention_block_size
        constant(integer, 0),  # xattention_stride
        constant(real, rank=4),  # sinks
        constant(integer, 0),  # adaptive_rkv_start_size
        constant(integer),  # adaptive_rkv_evictable_sizes
        constant(integer),  # adaptive_rkv_diversity_block_set_indices
        constant(integer),  # adaptive_rkv_diversity_block_set_indices_begins
        constant(integer),  # token_type_ids
        constant(np.uint8),  # qq_bias
        constant(integer),  # qq_bias_begins
    ]
    node = op._PagedAttentionExtension([node.output(0) for node in inputs])
    information = node.get_rt_info()
    for kind in ("k", "v"):
        information[f"num_{kind}_heads"] = job.key_value_heads
        information[f"{kind}_head_size"] = job.head_size
    return ov.Model([opset15.result(node.output(0))], parameters, "attention")
