// Kernels with faults that the machine has to see.
#include "machine.hpp"

namespace paged::emulator {

namespace {

const Kernel torn_warp("paged_torn_warp", [](const paged_cuda_call &, const paged_cuda_tensor_maps &) {
    int found = 0;
    if (lane() < 16) return warp_barrier();
    collective(&found, [](void *const *lanes) { *(int *)lanes[31] = 1; });
});

const Kernel left_warp("paged_left_warp", [](const paged_cuda_call &, const paged_cuda_tensor_maps &) {
    if (lane() != 3) warp_barrier();
});

}  // namespace

}  // namespace paged::emulator
