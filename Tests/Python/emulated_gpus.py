"""The tests' mock of the CUDA driver in this process, in the place of libcuda.so.1, and sessions on its GPUs."""

import collections
import ctypes
import pathlib

import onnxruntime

NAME = "PagedAttentionExecutionProvider"


class Machine(ctypes.Structure):
    """Tests/CPagedCUDAEmulator/include/paged_cuda_mock.h has the same."""

    _fields_ = [
        (name, ctypes.c_int32)
        for name in ("devices", "major", "minor", "shared_memory", "multiprocessors")
    ]


class EmulatedDriver:
    """Two GPUs like an H100; whoever asks the loader for libcuda.so.1 from now on gets this one."""

    COUNTED = {
        "allocations": "cuMemAlloc_v2",
        "to device": "cuMemcpyHtoDAsync_v2",
        "from device": "cuMemcpyDtoHAsync_v2",
        "on device": "cuMemcpyDtoDAsync_v2",
        "launches": "cuLaunchKernel",
    }

    def __init__(self, path):
        self.path = str(pathlib.Path(path).resolve())
        self.library = ctypes.CDLL(self.path)
        self.library.paged_mock_open_bytes.restype = ctypes.c_int64
        self.library.paged_mock_start(Machine(2, 9, 0, 232448, 4))

    def counts(self):
        """How often each thing was done so far; what was not is absent from differences."""
        call = self.library.paged_mock_calls
        return collections.Counter({n: call(f.encode()) for n, f in self.COUNTED.items()})

    def fail(self, function, code, after=0):
        """Lets a function of the driver fail once, after so many calls that do not."""
        self.library.paged_mock_fail(function.encode(), code, after)

    @property
    def open_handles(self):
        return self.library.paged_mock_open_handles()

    @property
    def open_bytes(self):
        return self.library.paged_mock_open_bytes()


def open_session(model, devices, options=None):
    """A session whose nodes run on a device of the provider where it has kernels for them."""
    devices = devices if isinstance(devices, list) else [devices]
    session_options = onnxruntime.SessionOptions()
    session_options.log_severity_level = 4
    session_options.add_provider_for_devices(devices, options or {})
    return onnxruntime.InferenceSession(model, session_options, enable_fallback=0)
