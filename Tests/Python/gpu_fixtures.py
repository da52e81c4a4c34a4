"""Fixtures of the tests on emulated GPUs: `devices` are the provider's, and nothing may be left of them."""

import gc

import onnxruntime
import pytest

from emulated_gpus import NAME


@pytest.fixture
def devices(plugin, driver):
    """The processor and two GPUs; after the test everything on the GPUs has to be given back."""
    onnxruntime.register_execution_provider_library("pagedattention", plugin)
    yield [device for device in onnxruntime.get_ep_devices() if device.ep_name == NAME]
    gc.collect()
    onnxruntime.unregister_execution_provider_library("pagedattention")
    assert (driver.open_handles, driver.open_bytes) == (0, 0)


@pytest.fixture
def gpu(devices):
    return devices[1]
