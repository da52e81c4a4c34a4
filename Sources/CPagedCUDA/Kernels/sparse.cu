// paged_sparse_<element>_<cache>, which is SparsePagedAttention: see sparse.cuh.
#include "instances.cuh"
#include "sparse.cuh"

#define PAGED_SPARSE(Element, element, Cache, cache, unused)                                       \
    PAGED_KERNEL(paged_sparse_##element##_##cache, PAGED_CUDA_THREADS, 1) {                  \
        paged::Math<paged::Element, paged::Cache, paged::Candidates>::run(call);             \
    }
PAGED_EACH_TYPE(PAGED_SPARSE, )
