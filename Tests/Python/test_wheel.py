"""The Python wheel: built, installed into a fresh environment, and used from there."""

import pathlib
import site
import subprocess
import sys
import zipfile

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto

from paged_models import feeds, model
from test_plugin_numerics import expected

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]

USE = """
import sys
import numpy, onnxruntime
import onnxruntime_paged_attention as paged

folder = sys.argv[1]
assert paged.library_path().startswith(sys.prefix)
options = onnxruntime.SessionOptions()
paged.register(options)
session = onnxruntime.InferenceSession(folder + "/model.onnx", options)
output = session.run(["output"], dict(numpy.load(folder + "/feeds.npz")))[0]
numpy.save(folder + "/output.npy", output)
"""

USE_PROVIDER = """
import sys
import numpy, onnxruntime
import onnxruntime_paged_attention as paged

folder = sys.argv[1]
name = paged.register_execution_provider()
assert paged.register_execution_provider() == name == paged.EXECUTION_PROVIDER
(device,) = [d for d in onnxruntime.get_ep_devices() if d.ep_name == name]
assert device.ep_metadata["version"] == paged.__version__
providers = [name, "CPUExecutionProvider"]
session = onnxruntime.InferenceSession(folder + "/model.onnx", providers=providers)
output = session.run(["output"], dict(numpy.load(folder + "/feeds.npz")))[0]
numpy.save(folder + "/output.npy", output)
"""


def run(*command):
    result = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def wheel(plugin, tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    run("Scripts/make-wheel.sh", "--library", plugin, "--out", str(folder))
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """A fresh environment with the wheel, and onnxruntime borrowed from this one."""
    folder = tmp_path_factory.mktemp("venv")
    run(sys.executable, "-m", "venv", "--without-pip", str(folder))
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python)]
    run(*pip, "install", "--no-index", "--no-deps", str(wheel))
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "borrowed.pth").write_text("\n".join(site.getsitepackages()))
    return python


def test_its_name_says_where_it_runs(wheel):
    name, version, tag, abi, platform = wheel.stem.split("-")
    assert (name, tag, abi) == ("onnxruntime_paged_attention", "py3", "none")
    assert version.count(".") == 2
    assert platform.startswith("manylinux_2_")


def test_it_holds_the_module_the_plugin_and_the_licences(wheel):
    names = {name.split("/", 1)[1] for name in zipfile.ZipFile(wheel).namelist()}
    assert names == {
        "__init__.py", "py.typed", "libpagedattention.so", "licenses/LICENSE", "licenses/NOTICE",
        "METADATA", "WHEEL", "RECORD",
    }  # fmt: skip


def test_the_same_plugin_gives_the_same_wheel(wheel, plugin, tmp_path):
    run("Scripts/make-wheel.sh", "--library", plugin, "--out", str(tmp_path))
    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()


@pytest.mark.parametrize(
    "script",
    [
        USE,
        pytest.param(
            USE_PROVIDER,
            marks=pytest.mark.skipif(
                tuple(map(int, onnxruntime.__version__.split(".")[:2])) < (1, 25),
                reason="sessions name plugin providers since ONNX Runtime 1.25",
            ),
        ),
    ],
    ids=["operator", "execution provider"],
)
def test_a_fresh_environment_runs_a_model_with_it(python, tmp_path, script):
    x = feeds(TensorProto.FLOAT16)
    (tmp_path / "model.onnx").write_bytes(model(TensorProto.FLOAT16))
    np.savez(tmp_path / "feeds.npz", **x)
    run(str(python), "-c", script, str(tmp_path))
    np.testing.assert_allclose(np.load(tmp_path / "output.npy"), expected(x)[0], atol=2e-3)
