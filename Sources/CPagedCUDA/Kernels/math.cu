// paged_math_<element>_<cache>: see math.cuh.
#include "instances.cuh"
#include "math.cuh"

#define PAGED_MATH(Element, element, Cache, cache, unused)                                         \
    PAGED_KERNEL(paged_math_##element##_##cache, PAGED_CUDA_THREADS, 1) {                    \
        paged::Math<paged::Element, paged::Cache, paged::SeenKeys>::run(call);               \
    }
PAGED_EACH_TYPE(PAGED_MATH, )
