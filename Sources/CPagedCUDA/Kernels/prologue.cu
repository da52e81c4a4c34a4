// paged_prologue_<element>_<cache>: see prologue.cuh.
#include "instances.cuh"
#include "prologue.cuh"

#define PAGED_PROLOGUE(Element, element, Cache, cache, unused)                                     \
    PAGED_KERNEL(paged_prologue_##element##_##cache, PAGED_CUDA_THREADS, 8) {                \
        paged::prologue<paged::Element, paged::Cache>(call);                                 \
    }
PAGED_EACH_TYPE(PAGED_PROLOGUE, )
