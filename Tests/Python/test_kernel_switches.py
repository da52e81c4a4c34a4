"""The switches that ONNX Runtime's users know choose kernels, and say which one serves."""

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto

from paged_models import feeds, model

REPORT = "ORT_ENABLE_ATTENTION_KERNEL_DEBUG_INFO"
KEY = "pagedattention.sdpa_kernel"

needs_entries = pytest.mark.skipif(
    tuple(map(int, onnxruntime.__version__.split(".")[:2])) < (1, 24),
    reason="older versions do not tell an operator the session's config entries",
)


@pytest.fixture
def open_session(plugin):
    def open_session(sdpa_kernel=None):
        options = onnxruntime.SessionOptions()
        options.register_custom_ops_library(plugin)
        options.log_severity_level = 4
        if sdpa_kernel is not None:
            options.add_session_config_entry(KEY, sdpa_kernel)
        paged = model(TensorProto.FLOAT16)
        return onnxruntime.InferenceSession(paged, options, providers=["CPUExecutionProvider"])

    return open_session


def run(session, **sizes):
    return session.run(None, feeds(TensorProto.FLOAT16, **sizes))[0]


def families(capfd):
    """The families of the lines on standard output, in order."""
    lines = [line for line in capfd.readouterr().out.splitlines() if line.startswith("Operator=")]
    for line in lines:
        assert line.startswith("Operator=PagedAttention Node=attention DataType=fp16 SdpaKernel=")
        assert " Kernel=" in line
    return [line.split("SdpaKernel=")[1].split()[0] for line in lines]


def test_every_family_that_serves_a_node_is_reported_once(open_session, capfd, monkeypatch):
    monkeypatch.setenv(REPORT, "1")
    session = open_session()
    for _ in range(3):
        run(session)
        run(session, past=(3, 4), new=(1, 1))
    assert families(capfd) == ["FLASH_ATTENTION", "DECODER_ATTENTION"]


def test_nothing_is_printed_by_default(open_session, capfd):
    run(open_session())
    assert capfd.readouterr().out == ""


def test_the_environment_switches_families_off(open_session, capfd, monkeypatch):
    monkeypatch.setenv(REPORT, "1")
    monkeypatch.setenv("ORT_DISABLE_FLASH_ATTENTION", "1")
    monkeypatch.setenv("ORT_DISABLE_DECODER_ATTENTION", "1")
    session = open_session()
    run(session)
    run(session, past=(3, 4), new=(1, 1))
    assert families(capfd) == ["EFFICIENT_ATTENTION"]


@needs_entries
@pytest.mark.parametrize(
    "number, family", [("1", "FLASH_ATTENTION"), ("14", "EFFICIENT_ATTENTION"), ("16", "MATH")]
)
def test_the_config_entry_enables_exactly_its_bits(
    open_session, capfd, monkeypatch, number, family
):
    monkeypatch.setenv(REPORT, "1")
    monkeypatch.setenv("ORT_DISABLE_FLASH_ATTENTION", "1")
    monkeypatch.setenv("ORT_DISABLE_MEMORY_EFFICIENT_ATTENTION", "1")
    session = open_session(number)
    np.testing.assert_allclose(run(session), run(open_session()), atol=2e-3)
    assert families(capfd)[0] == family


@needs_entries
@pytest.mark.parametrize("value", ["flash", "-1", "1024", ""])
def test_a_malformed_config_entry_is_refused_by_name(open_session, value):
    with pytest.raises(Exception, match=f"{KEY} must be an integer .* got '{value}'"):
        open_session(value)


@needs_entries
def test_families_that_only_gpus_have_are_not_enough(open_session):
    with pytest.raises(Exception, match="sdpa_kernel 8 selects no kernel"):
        open_session("8")


def test_a_malformed_variable_is_refused_by_name(open_session, monkeypatch):
    monkeypatch.setenv("ORT_DISABLE_FLASH_ATTENTION", "maybe")
    with pytest.raises(Exception, match="ORT_DISABLE_FLASH_ATTENTION must be 0 or 1, got 'maybe'"):
        open_session()
