// paged_small_decode<size>_float16_<cache> and paged_small_prompt<size>_float16_<cache>, for heads of up to 128 channels and
// 64 KiB of shared memory: see tile.cuh.
#include "instances.cuh"
#include "tile.cuh"

#define PAGED_SMALL_DECODE_OF(Element, element, Cache, cache, size)                            \
    PAGED_KERNEL(paged_small_decode##size##_##element##_##cache, PAGED_CUDA_THREADS, 1) {      \
        paged::Tile<paged::Element, paged::Cache, size, false, true>::run(call);               \
    }
#define PAGED_SMALL_PROMPT_OF(Element, element, Cache, cache, size)                            \
    PAGED_KERNEL(paged_small_prompt##size##_##element##_##cache, PAGED_CUDA_THREADS, 1) {      \
        paged::Tile<paged::Element, paged::Cache, size, true, true>::run(call);                \
    }
PAGED_EACH_FLOAT16(PAGED_SMALL_DECODE_OF, 128)
PAGED_EACH_FLOAT16(PAGED_SMALL_PROMPT_OF, 128)
