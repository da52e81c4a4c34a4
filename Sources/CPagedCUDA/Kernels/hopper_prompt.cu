// paged_hopper<size>_<element>_<cache>, for heads of up to `size` channels: 64, 128 or 256, sm_90a only: see
// hopper_prompt.cuh. PAGED_HOPPER_SIZE asks for one size.
#include "hopper_prompt.cuh"
#include "instances.cuh"

#define PAGED_HOPPER_OF(Element, element, Cache, cache, size)                                  \
    PAGED_HOPPER_KERNEL(paged_hopper##size##_##element##_##cache) {                            \
        paged::HopperPrompt<paged::Element, paged::Cache, size>::run(call, maps);              \
    }
#if defined(PAGED_HOPPER_SIZE)
PAGED_EACH_TYPE(PAGED_HOPPER_OF, PAGED_HOPPER_SIZE)
#else
PAGED_EACH_TYPE(PAGED_HOPPER_OF, 64)
PAGED_EACH_TYPE(PAGED_HOPPER_OF, 128)
PAGED_EACH_TYPE(PAGED_HOPPER_OF, 256)
#endif
