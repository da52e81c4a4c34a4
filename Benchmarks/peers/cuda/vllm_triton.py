"""vLLM's unified attention in Triton.

Needs the folder vllm/v1/attention/ops of vLLM's wheel in PYTHONPATH, and no more of it: what the kernels import of the rest
is replaced if it cannot be imported.
"""

import enum
import importlib
import importlib.machinery
import inspect
import logging
import sys
import types

import torch

from peer import Attention, Peer

KERNELS = "vllm.v1.attention.ops.triton_unified_attention"
# As vLLM's own backend has them: grids below the first are split over keys, in so many parts.
SMALLEST_GRID, PARTS = 128, 16


class VllmTritonPeer(Peer):
    """unified_attention."""

    caches = ("bfloat16", "float16", "int8", "float8e4m3fn")

    def __init__(self, device):
        super().__init__(device)
        self.kernels, self.version = import_kernels()

    def prepare(self, tensors):
        return Unified(tensors, self.kernels)


def import_kernels():
    """The module, from vLLM as it is or with the rest of it replaced; and which of the two."""
    try:
        return importlib.import_module(KERNELS), importlib.import_module("vllm").__version__
    except Exception:  # vLLM asks for much when it is imported
        for name in [name for name in sys.modules if name.split(".")[0] == "vllm"]:
            del sys.modules[name]
    replace_rest()
    return importlib.import_module(KERNELS), "kernels alone"


def replace_rest():
    """Modules in the place of those that the kernels import and do not need."""
    spec = importlib.machinery.PathFinder.find_spec("vllm")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("No module named 'vllm'")
    places = list(spec.submodule_search_locations)
    # The packages without what they do when they are imported.
    for name in ("vllm", "vllm.v1", "vllm.v1.attention", "vllm.v1.attention.ops"):
        package = types.ModuleType(name)
        package.__path__ = [f"{place}/{'/'.join(name.split('.')[1:])}" for place in places]
        sys.modules[name] = package
    import triton
    import triton.language

    words = {
        "vllm.envs": Absent("vllm.envs"),
        "vllm.logger": module("vllm.logger", init_logger=logging.getLogger),
        "vllm.platforms": module("vllm.platforms", current_platform=Platform()),
        "vllm.triton_utils": module("vllm.triton_utils", triton=triton, tl=triton.language, HAS_TRITON=True),
        "vllm.v1.kv_cache_interface": module("vllm.v1.kv_cache_interface", KVQuantMode=KVQuantMode),
    }
    for name, replacement in words.items():
        sys.modules[name] = replacement
        parent, _, last = name.rpartition(".")
        setattr(sys.modules[parent], last, replacement)


def module(name, **words):
    """A module that has some words."""
    made = types.ModuleType(name)
    vars(made).update(words)
    return made


class Absent(types.ModuleType):
    """A module in which every switch is off."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return False


class Platform:
    """A GPU of NVIDIA."""

    def fp8_dtype(self):
        return torch.float8_e4m3fn

    def is_cuda(self):
        return True

    def __getattr__(self, name):
        return lambda *_arguments, **_words: False


class KVQuantMode(enum.IntEnum):
    """vLLM's numbers of what the codes in a cache mean."""

    NONE = 0
    FP8_PER_TENSOR = 1
    INT8_PER_TOKEN_HEAD = 2
    FP8_PER_TOKEN_HEAD = 3
    INT4_PER_TOKEN_HEAD = 4
    INT2_PER_TOKEN_HEAD = 5


class Unified(Attention):
    """A call with everything that the function of this version takes."""

    def __init__(self, tensors, kernels):
        self.tensors, self.function = tensors, kernels.unified_attention
        self.out = torch.empty_like(tensors.query)
        threshold = SMALLEST_GRID // tensors.key_value_heads
        partial = (max(threshold, tensors.sequences), tensors.heads, PARTS)
        size = 1 << (tensors.head_size - 1).bit_length()

        def empty(*shape):
            return torch.empty(shape, dtype=torch.float32, device=tensors.device)

        words = {
            "q": tensors.query, "out": self.out, "cu_seqlens_q": tensors.query_starts, "max_seqlen_q": tensors.new,
            "seqused_k": tensors.lengths, "max_seqlen_k": tensors.total, "softmax_scale": tensors.softmax_scale,
            "causal": True, "window_size": (-1, -1), "block_table": tensors.table, "softcap": 0, "q_descale": None,
            "k_descale": None, "v_descale": None, "seq_threshold_3D": threshold, "num_par_softmax_segments": PARTS,
            "softmax_segm_output": empty(*partial, size), "softmax_segm_max": empty(*partial),
            "softmax_segm_expsum": empty(*partial), **self._codes(kernels),
        }
        known = inspect.signature(self.function).parameters
        self.words = {name: value for name, value in words.items() if name in known}

    def _codes(self, kernels):
        """What says how codes are meant."""
        tensors = self.tensors
        if tensors.cache_dtype == torch.float8_e4m3fn:
            scale = torch.full((1,), tensors.scale, device=tensors.device)
            mode = kernels.KVQuantMode.FP8_PER_TENSOR
            return {"kv_quant_mode": mode, "k_descale": scale, "v_descale": scale}
        if tensors.cache_dtype == torch.int8:
            shape = tensors.copies[0][0].shape[:3]
            scales = torch.full(shape, tensors.scale, device=tensors.device)
            mode = kernels.KVQuantMode.INT8_PER_TOKEN_HEAD
            return {"kv_quant_mode": mode, "k_scale_cache": scales, "v_scale_cache": scales}
        return {}

    def call(self, copy):
        key, value = self.tensors.copies[copy]
        self.function(k=key, v=value, **self.words)
        return self.out
