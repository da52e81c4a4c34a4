"""PagedAttention on an emulated GPU in onnxruntime against NumPy, under the bounds of the other kernels."""

import pytest
import threadpoolctl

from conformance_cases import QUANTISED, Case, assert_matches, over, tensors
from conformance_host import Host
from conformance_reference import paged_attention
from emulated_gpus import open_session

pytest_plugins = ["gpu_fixtures"]

TYPES = ["float16", "bfloat16"]
STEP = {"past": (5, 40, 0), "new": (1, 3, 20), "block_size": 16}
DECODES = {"past": (5, 90, 31), "new": (1, 1, 1), "block_size": 32}
CASES = [
    Case("plain", **STEP),
    Case("packed", **STEP, packed=True, rotary="half"),
    Case("decodes", **DECODES, head_size=128, rotary="interleaved"),
    Case("wide", **STEP, head_size=256, kv_heads=1),
    Case("norm", **STEP, norm=True, sink=True, rotary="half", rotary_dim=32),
    Case("window", **STEP, window=9, softcap=20.0),
    Case("slots", **STEP, slots="skip", heads=6, kv_heads=3),
    Case("non_causal", **STEP, causal=False, spare_columns=2),
    Case("metadata", **STEP, metadata=(20, 64)),
    Case("latent", **STEP, heads=4, kv_heads=1, head_size=192, value_head_size=128, scale=0.1),
    Case("no_tokens", past=(3, 4), new=(0, 0), block_size=16),
]
CODES = [
    Case("codes", **STEP, rotary="half"),
    Case("code_decodes", **DECODES, k_quant="PER_CHANNEL", v_quant="PER_CHANNEL"),
]


class GPUHost(Host):
    """Opens sessions on a GPU; `Host` binds tensors of the host, which ONNX Runtime copies."""

    def __init__(self, device):
        super().__init__(None)
        self.device = device

    def open(self, model, sdpa_kernel=0):
        return open_session(model, self.device, {"sdpa_kernel": str(sdpa_kernel)})


@pytest.fixture
def check(gpu):
    host = GPUHost(gpu)

    def check(case, activation, cache):
        inputs, attributes = tensors(case, activation, cache)
        with threadpoolctl.threadpool_limits(1):
            expected = paged_attention(inputs, attributes)
        actual = host.call("PagedAttention", inputs, attributes, case.output_shape)
        assert_matches(actual, expected, case, activation, cache)

    yield check
    host.session_of.cache_clear()


@over(CASES, TYPES)
def test_values(check, case, activation, cache):
    check(case, activation, cache)


@over(CODES, TYPES, QUANTISED)
def test_codes(check, case, activation, cache):
    check(case, activation, cache)
