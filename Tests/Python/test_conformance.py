"""PagedAttention in onnxruntime against NumPy, in the classes of ONNX Runtime's own tests.

Output and both caches are compared, in every activation type and over every cache type. The cache
is bound as input and output, and the output is full of NaN beforehand.
"""

import conformance_cache_grids as cache_grids
import conformance_grids as grids
from conformance_cases import QUANTISED, over

pytest_plugins = ["conformance_fixtures"]


class TestPagedAttention:
    @over(grids.parity())
    def test_parity(self, check, case, activation, cache):
        check(case, activation, cache)

    @over(grids.parity(), ["float32"], ["float16"])
    def test_float16_cache(self, check, case, activation, cache):
        check(case, activation, cache)

    @over(grids.parity_all_shapes())
    def test_all_shapes(self, check, case, activation, cache):
        check(case, activation, cache)

    @over([grids.parity_full_size()], ["float16"])
    def test_full_size(self, check, case, activation, cache):
        check(case, activation, cache)


class TestPagedAttentionMEA:
    @over(grids.parity_mea())
    def test_parity(self, check, case, activation, cache):
        check(case, activation, cache)


class TestPagedAttentionFeatures:
    @over(grids.features())
    def test_parity(self, check, case, activation, cache):
        check(case, activation, cache)

    @over(grids.features(), ["float32"], ["float16"])
    def test_float16_cache(self, check, case, activation, cache):
        check(case, activation, cache)


class TestPagedAttentionRotaryZeroTokenRegression:
    @over(grids.zero_tokens())
    def test_parity(self, check, case, activation, cache):
        check(case, activation, cache)


class TestPagedAttentionQuantizedCache:
    @over(cache_grids.quantised(), caches=QUANTISED)
    def test_parity(self, check, case, activation, cache):
        check(case, activation, cache)


class TestPagedAttentionPagedDecode:
    @over(grids.decode())
    def test_parity(self, check, case, activation, cache):
        check(case, activation, cache)

    @over(grids.decode(), ["float32"], ["float16"])
    def test_float16_cache(self, check, case, activation, cache):
        check(case, activation, cache)

    @over(cache_grids.decode_quantised(), caches=QUANTISED)
    def test_quantised(self, check, case, activation, cache):
        check(case, activation, cache)


class TestPagedAttentionXqaDecode:
    @over(cache_grids.xqa_decode(), caches=QUANTISED[:2])
    def test_parity(self, check, case, activation, cache):
        check(case, activation, cache)

    @over(cache_grids.xqa_non_causal())
    def test_non_causal(self, check, case, activation, cache):
        check(case, activation, cache)

    @over(cache_grids.xqa_non_causal(), caches=QUANTISED)
    def test_non_causal_quantised(self, check, case, activation, cache):
        check(case, activation, cache)


class TestPagedAttentionXqaSpeculative:
    @over(cache_grids.speculative())
    def test_parity(self, check, case, activation, cache):
        check(case, activation, cache)

    @over(cache_grids.speculative(), caches=QUANTISED[:2])
    def test_quantised(self, check, case, activation, cache):
        check(case, activation, cache)


class TestPagedAttentionAttentionMetadata:
    @over(cache_grids.metadata())
    def test_parity(self, check, case, activation, cache):
        check(case, activation, cache)

    @over(cache_grids.metadata(), ["float32"], ["float16"])
    def test_float16_cache(self, check, case, activation, cache):
        check(case, activation, cache)

    @over(cache_grids.metadata(), caches=QUANTISED[:2])
    def test_quantised(self, check, case, activation, cache):
        check(case, activation, cache)


class TestPagedAttentionMLA:
    @over(cache_grids.mla())
    def test_parity(self, check, case, activation, cache):
        check(case, activation, cache)

    @over(cache_grids.mla(), ["float32"], ["float16"])
    def test_float16_cache(self, check, case, activation, cache):
        check(case, activation, cache)

    @over(cache_grids.mla(), caches=QUANTISED[:2])
    def test_quantised(self, check, case, activation, cache):
        check(case, activation, cache)

    @over(cache_grids.mla(k_quant="PER_CHANNEL"), ["float16"], QUANTISED[:2])
    def test_quantised_per_channel(self, check, case, activation, cache):
        check(case, activation, cache)


class TestPagedAttentionWebGpu:
    @over(grids.web_gpu())
    def test_parity(self, check, case, activation, cache):
        check(case, activation, cache)

    @over(grids.web_gpu_features())
    def test_features(self, check, case, activation, cache):
        check(case, activation, cache)


class TestPagedAttentionInt4:
    @over(cache_grids.int4(), caches=QUANTISED)
    def test_parity(self, check, case, activation, cache):
        check(case, activation, cache)
