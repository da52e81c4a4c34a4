"""Where the tests find the plugin: `pytest --plugin PATH`, by default build/libpagedattention.so."""

import pathlib

import onnxruntime
import pytest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


def pytest_addoption(parser):
    parser.addoption("--plugin", default=str(REPOSITORY / "build" / "libpagedattention.so"))


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
