// paged_decode<size>_<element>_<cache>, for 8 rows, and paged_wide_decode<size>_<element>_<cache>, for 16; heads of up to
// `size` channels, a multiple of 32: see decode.cuh. PAGED_SIZE asks for one size.
#include "instances.cuh"
#include "decode.cuh"

#define PAGED_DECODE_OF(Element, element, Cache, cache, size)                                      \
    PAGED_KERNEL(paged_decode##size##_##element##_##cache, PAGED_CUDA_THREADS, 1) {                \
        paged::Decode<paged::Element, paged::Cache, size, PAGED_CUDA_DECODE_ROWS>::run(call);      \
    }
#define PAGED_WIDE_DECODE_OF(Element, element, Cache, cache, size)                                 \
    PAGED_KERNEL(paged_wide_decode##size##_##element##_##cache, PAGED_CUDA_THREADS, 1) {           \
        paged::Decode<paged::Element, paged::Cache, size, PAGED_CUDA_WIDE_DECODE_ROWS>::run(call); \
    }
#if defined(PAGED_SIZE)
PAGED_EACH_TYPE(PAGED_DECODE_OF, PAGED_SIZE)
PAGED_EACH_TYPE(PAGED_WIDE_DECODE_OF, PAGED_SIZE)
#else
PAGED_EACH_TYPE(PAGED_DECODE_OF, 64)
PAGED_EACH_TYPE(PAGED_WIDE_DECODE_OF, 64)
PAGED_EACH_TYPE(PAGED_DECODE_OF, 96)
PAGED_EACH_TYPE(PAGED_WIDE_DECODE_OF, 96)
PAGED_EACH_TYPE(PAGED_DECODE_OF, 128)
PAGED_EACH_TYPE(PAGED_WIDE_DECODE_OF, 128)
PAGED_EACH_TYPE(PAGED_DECODE_OF, 256)
PAGED_EACH_TYPE(PAGED_WIDE_DECODE_OF, 256)
#endif
