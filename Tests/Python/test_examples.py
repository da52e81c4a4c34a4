"""The examples build as README says, and compute what the reference computes."""

import pathlib
import shutil
import subprocess
import sys

import numpy as np
import onnxruntime
import pytest

from paged_reference import paged_attention

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = REPOSITORY / "Examples"


def run(*command):
    result = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=1800)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def rows(text):
    return np.array([[float(word) for word in line.split()] for line in text.splitlines()])


def expected():
    """Both examples: three tokens, then one; 2 heads of size 8 that share keys and values."""
    keys = values = np.zeros((2, 16, 1, 8), np.float32)
    outputs = []
    for past, count in [(0, 3), (3, 1)]:
        index = np.arange(count * 16, dtype=np.float32)
        output, keys, values = paged_attention(
            (index % 7 / 7 - 0.5).reshape(count, 16),
            (index[: count * 8] % 5 / 5 - 0.5).reshape(count, 8),
            ((index[: count * 8] + past) / 10).reshape(count, 8),
            keys,
            values,
            np.array([0, count]),
            np.array([past]),
            np.array([[1, 0]]),
            heads=2,
            kv_heads=1,
        )
        outputs.append(output)
    return np.concatenate(outputs)


def test_the_c_example(plugin, tmp_path):
    libraries = pathlib.Path(onnxruntime.__file__).parent.glob("capi/libonnxruntime.so.*")
    library = next(libraries, None)
    if library is None:
        pytest.skip("this onnxruntime has no shared library")
    run(sys.executable, str(EXAMPLES / "c" / "make-model.py"), str(tmp_path / "model.onnx"))
    program = str(tmp_path / "attention")
    compiler = shutil.which("cc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("no C compiler")
    run(
        compiler, "-Wall", "-Werror", "-Wno-unknown-pragmas", "-I", "Sources/COnnxRuntime/include",
        str(EXAMPLES / "c" / "attention.c"), "-o", program, "-ldl",
    )  # fmt: skip
    output = run(program, str(library), plugin, str(tmp_path / "model.onnx"))
    np.testing.assert_allclose(rows(output), expected(), atol=1e-5)


def test_the_swift_example():
    output = run(
        "swift", "run", "--configuration", "release", "--quiet",
        "--package-path", str(EXAMPLES / "swift"), "--scratch-path", ".build/examples",
    )  # fmt: skip
    np.testing.assert_allclose(rows(output), expected(), atol=1e-5)
