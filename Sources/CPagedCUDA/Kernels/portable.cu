// paged_portable<width>_<element>_<cache>, for value heads of up to 32 * width channels: see portable.cuh.
#include "instances.cuh"
#include "portable.cuh"

#define PAGED_PORTABLE_OF(Element, element, Cache, cache, width)                              \
    PAGED_KERNEL(paged_portable##width##_##element##_##cache, PAGED_CUDA_THREADS, 1) {        \
        paged::Portable<paged::Element, paged::Cache, width>::run(call);                      \
    }
#if !defined(PAGED_WIDTH)
PAGED_EACH_TYPE(PAGED_PORTABLE_OF, 2)
PAGED_EACH_TYPE(PAGED_PORTABLE_OF, 4)
PAGED_EACH_TYPE(PAGED_PORTABLE_OF, 8)
PAGED_EACH_TYPE(PAGED_PORTABLE_OF, 16)
PAGED_EACH_TYPE(PAGED_PORTABLE_OF, 32)
#else
PAGED_EACH_TYPE(PAGED_PORTABLE_OF, PAGED_WIDTH)
#endif
