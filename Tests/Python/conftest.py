"""Where the tests find the plugin: `pytest --plugin PATH`, by default build/libpagedattention.so.

`--cuda-driver build/cuda-emulator/libcuda.so.1` makes the process one with emulated GPUs, and adds the
tests that need them.
"""

import pathlib

import onnxruntime
import pytest

from emulated_gpus import EmulatedDriver
from server_process import connect

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
DRIVER = pytest.StashKey()
NEED_DRIVER = ["test_gpu_device.py", "test_gpu_numerics.py", "test_gpu_run.py"]


def pytest_addoption(parser):
    parser.addoption("--plugin", default=str(REPOSITORY / "build" / "libpagedattention.so"))
    parser.addoption("--cuda-driver")


def pytest_configure(config):
    path = config.getoption("--cuda-driver")
    config.stash[DRIVER] = EmulatedDriver(path) if path else None


def pytest_ignore_collect(collection_path, config):
    return collection_path.name in NEED_DRIVER and not config.stash[DRIVER] or None


@pytest.fixture
def driver(request):
    """The emulated driver of this process."""
    return request.config.stash[DRIVER]


@pytest.fixture(scope="module")
def client(server):
    """OpenAI's client of the module's server."""
    return connect(server)


@pytest.fixture(scope="module")
def model(client):
    """The name of the served model."""
    return client.models.list().data[0].id


@pytest.fixture(scope="session")
def plugin(request):
    path = pathlib.Path(request.config.getoption("--plugin")).resolve()
    if not path.exists():
        pytest.fail(f"{path} does not exist; run `make plugin` first")
    return str(path)


@pytest.fixture
def load(plugin):
    """Opens a session on a serialised model with the plugin registered."""

    def load(model, threads=2):
        options = onnxruntime.SessionOptions()
        options.register_custom_ops_library(plugin)
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    return load
