/* Runs the kernels of CPagedCUDA on the CPU: the same source, compiled by the host's compiler. Only tests use it, some of them
 * through paged_cuda_mock.h. */
#pragma once
#include "paged_cuda_launch.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Whether there is a kernel of this name. */
int paged_emulator_has_kernel(const char *name);

/* Runs a kernel to its end. `seed` 0 lets threads take turns; other seeds choose another order of threads and blocks.
 * Returns NULL, or what went wrong, such as a deadlock: text that lives until the thread's next launch. */
const char *paged_emulator_launch(
    const char *name, paged_cuda_launch launch, const paged_cuda_call *call, uint64_t seed);

#ifdef __cplusplus
}
#endif
