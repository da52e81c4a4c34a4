/* The code of the kernels, inside the program: source for the run-time compiler (NVRTC), and PTX for machines without it. */
#pragma once
#include <stddef.h>

/* A text that ends with a zero byte, which `byte_count` does not count. */
typedef struct paged_cuda_text {
    const char *name;
    const char *text;
    size_t byte_count;
} paged_cuda_text;

/* Every source file, under the name by which others include it. NVRTC compiles one of the .cu files, with all others as its
 * headers and the options -std=c++17 and -default-device, and these macros:
 *
 *     PAGED_ONLY     one pair of types, as in Kernels/instances.cuh: Float16,float16,Int8,int8
 *     PAGED_WIDTH    portable.cu: value heads of up to 32 times that
 *     PAGED_SIZE     decode.cu and prompt.cu: heads of up to that many channels, a multiple of 32; small_prompt.cu has one size
 *     PAGED_LATENT_SIZE  latent.cu: latent rows of up to that many channels, at least 512; 576 without it
 *     PAGED_HOPPER_SIZE  hopper_prompt.cu, sm_90a only: heads of up to 64, 128 or 256 channels
 */
const paged_cuda_text *paged_cuda_sources(size_t *count);

/* PTX modules, named after architecture and types: compute_60_float16_int8. Those for compute_60 hold prologue, math, sparse and the portable
 * kernel of width 16; those for compute_75 and compute_80 decode and prompt kernels of size 128; those for compute_90a, which only that
 * architecture runs, its prompt kernel of size 128. */
const paged_cuda_text *paged_cuda_modules(size_t *count);
