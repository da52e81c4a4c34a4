/* Runs the kernels of CPagedCUDA on the CPU: the same source, compiled by the host's compiler. Only tests use it, some of them
 * through paged_cuda_mock.h. */
#pragma once
#include "paged_cuda_launch.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Whether there is a kernel of this name. */
int paged_emulator_has_kernel(const char *name);

/* What boxes can be copied of a tensor, as cuTensorMapEncodeTiled of the driver takes it, in the emulator's own words. Returns 0,
 * or 1 where the driver would not take it. */
int paged_emulator_encode_map(
    paged_cuda_tensor_map *map, int32_t type, uint32_t rank, void *address, const uint64_t *dimensions,
    const uint64_t *strides, const uint32_t *box, const uint32_t *steps, int32_t interleave, int32_t swizzle,
    int32_t promotion, int32_t fill);

/* Runs a kernel to its end. `maps` is the second parameter of kernels that have one; NULL: they are not set. `seed` 0 lets threads
 * take turns; other seeds choose another order of threads, odd ones of blocks too, and those with bit 1 set let boxes be copied
 * as early as they may be, instead of as late. Returns NULL, or what went wrong, such as a deadlock: text that lives until the thread's next launch. */
const char *paged_emulator_launch(
    const char *name, paged_cuda_launch launch, const paged_cuda_call *call, const paged_cuda_tensor_maps *maps,
    uint64_t seed);

/* How many codes of float8e4m3fn become other numbers without the instruction for them that SM89 has. */
int paged_emulator_float8_differences(void);

#ifdef __cplusplus
}
#endif
