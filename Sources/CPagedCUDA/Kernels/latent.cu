// paged_latent<size>_<element>_<cache>, for latent rows of up to `size` channels, a multiple of 16, and values of up to 512:
// see latent.cuh. PAGED_LATENT_SIZE asks for another size.
#include "instances.cuh"
#include "latent.cuh"

#if !defined(PAGED_LATENT_SIZE)
#define PAGED_LATENT_SIZE 576
#endif
#define PAGED_LATENT_OF(Element, element, Cache, cache, size)                                  \
    PAGED_KERNEL(paged_latent##size##_##element##_##cache, PAGED_CUDA_LATENT_THREADS, 1) {     \
        paged::Latent<paged::Element, paged::Cache, size>::run(call);                          \
    }
PAGED_EACH_TYPE(PAGED_LATENT_OF, PAGED_LATENT_SIZE)
