// paged_small_prompt<size>_float16_<cache>, for heads of up to 128 channels and 64 KiB of shared memory: see prompt.cuh.
#include "instances.cuh"
#include "prompt.cuh"

#define PAGED_SMALL_PROMPT_OF(Element, element, Cache, cache, size)                            \
    PAGED_KERNEL(paged_small_prompt##size##_##element##_##cache, PAGED_CUDA_THREADS, 1) {      \
        paged::Prompt<paged::Element, paged::Cache, size, true>::run(call);                    \
    }
PAGED_EACH_FLOAT16(PAGED_SMALL_PROMPT_OF, 128)
