"""ONNX Runtime's PagedAttention operator on any CPU.

    import onnxruntime
    import onnxruntime_paged_attention

    options = onnxruntime.SessionOptions()
    onnxruntime_paged_attention.register(options)
    session = onnxruntime.InferenceSession("model.onnx", options)
"""

from __future__ import annotations

import importlib.metadata
import pathlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnxruntime

__all__ = ["EXECUTION_PROVIDER", "library_path", "register", "register_execution_provider"]
__version__ = importlib.metadata.version("onnxruntime-paged-attention")

EXECUTION_PROVIDER = "PagedAttentionExecutionProvider"
"""The name of the execution provider, for `providers=[...]`."""


def library_path() -> str:
    """The absolute path of the plugin, for everything else that loads custom operators."""
    return str(pathlib.Path(__file__).resolve().with_name("libpagedattention.so"))


def register(session_options: onnxruntime.SessionOptions) -> None:
    """Adds the operator to the sessions that are made with these options (ONNX Runtime 1.18)."""
    session_options.register_custom_ops_library(library_path())


def register_execution_provider() -> str:
    """Makes the execution provider known to ONNX Runtime, once; returns its name.

    From ONNX Runtime 1.25 on the name goes into `providers=[...]`; 1.24 wants
    `SessionOptions.add_provider_for_devices`. Raises RuntimeError where ONNX Runtime is older.
    """
    import onnxruntime

    if tuple(map(int, onnxruntime.__version__.split(".")[:2])) < (1, 24):
        raise RuntimeError(
            f"ONNX Runtime {onnxruntime.__version__} is too old for {EXECUTION_PROVIDER}, "
            "which needs 1.24; use register() with session options instead"
        )
    known = {device.ep_name for device in onnxruntime.get_ep_devices()}
    if EXECUTION_PROVIDER not in known:
        onnxruntime.register_execution_provider_library("pagedattention", library_path())
    return EXECUTION_PROVIDER
