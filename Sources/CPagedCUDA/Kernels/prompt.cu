// paged_prompt<size>_<element>_<cache>, for heads of up to `size` channels, a multiple of 32: see prompt.cuh. PAGED_SIZE
// asks for one size.
#include "instances.cuh"
#include "prompt.cuh"

#define PAGED_PROMPT_OF(Element, element, Cache, cache, size)                                  \
    PAGED_KERNEL(paged_prompt##size##_##element##_##cache, PAGED_CUDA_THREADS, 1) {            \
        paged::Prompt<paged::Element, paged::Cache, size>::run(call);                          \
    }
#if defined(PAGED_SIZE)
PAGED_EACH_TYPE(PAGED_PROMPT_OF, PAGED_SIZE)
#else
PAGED_EACH_TYPE(PAGED_PROMPT_OF, 64)
PAGED_EACH_TYPE(PAGED_PROMPT_OF, 96)
PAGED_EACH_TYPE(PAGED_PROMPT_OF, 128)
PAGED_EACH_TYPE(PAGED_PROMPT_OF, 256)
#endif
