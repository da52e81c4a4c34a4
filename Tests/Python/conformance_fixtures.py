"""Fixtures of the conformance tests: `host` opens sessions, `check` compares a case with NumPy."""

import pytest
import threadpoolctl

from conformance_cases import assert_matches, tensors
from conformance_host import Host
from conformance_reference import paged_attention


@pytest.fixture(scope="module")
def host(plugin):
    """Sessions with the plugin; NumPy on one thread, for its own only wait for each other."""
    with threadpoolctl.threadpool_limits(1):
        yield Host(plugin)


@pytest.fixture
def check(host):
    """Runs a case, without and with the kernel that it forces."""

    def check(case, activation, cache):
        inputs, attributes = tensors(case, activation, cache)
        expected = paged_attention(inputs, attributes)
        for kernel in {0, case.sdpa_kernel}:
            actual = host.call("PagedAttention", inputs, attributes, case.output_shape, kernel)
            assert_matches(actual, expected, case, activation, cache)

    return check
