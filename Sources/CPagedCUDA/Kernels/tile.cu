// paged_decode<size>_<element>_<cache> and paged_prompt<size>_<element>_<cache>, for heads of up to `size` channels, a
// multiple of 16: see tile.cuh. PAGED_SIZE asks for one size.
#include "instances.cuh"
#include "tile.cuh"

#define PAGED_DECODE_OF(Element, element, Cache, cache, size)                                  \
    PAGED_KERNEL(paged_decode##size##_##element##_##cache, PAGED_CUDA_THREADS, 1) {            \
        paged::Tile<paged::Element, paged::Cache, size, false>::run(call);                     \
    }
#define PAGED_PROMPT_OF(Element, element, Cache, cache, size)                                  \
    PAGED_KERNEL(paged_prompt##size##_##element##_##cache, PAGED_CUDA_THREADS, 1) {            \
        paged::Tile<paged::Element, paged::Cache, size, true>::run(call);                      \
    }
#if defined(PAGED_SIZE)
PAGED_EACH_TYPE(PAGED_DECODE_OF, PAGED_SIZE)
PAGED_EACH_TYPE(PAGED_PROMPT_OF, PAGED_SIZE)
#else
PAGED_EACH_TYPE(PAGED_DECODE_OF, 64)
PAGED_EACH_TYPE(PAGED_PROMPT_OF, 64)
PAGED_EACH_TYPE(PAGED_DECODE_OF, 96)
PAGED_EACH_TYPE(PAGED_PROMPT_OF, 96)
PAGED_EACH_TYPE(PAGED_DECODE_OF, 128)
PAGED_EACH_TYPE(PAGED_PROMPT_OF, 128)
PAGED_EACH_TYPE(PAGED_DECODE_OF, 256)
PAGED_EACH_TYPE(PAGED_PROMPT_OF, 256)
#endif
