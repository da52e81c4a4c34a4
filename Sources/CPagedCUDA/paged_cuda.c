#include "paged_cuda.h"

/* Kernels read the call where the host put it: addresses, strides, sizes, switches, and four bytes at the end. */
_Static_assert(sizeof(paged_cuda_call) == (28 + 3) * 8 + (18 + 5 + 4) * 4 + 4, "paged_cuda_call has holes");
/* A whole number of tensor maps' alignments, in C++ as well. */
_Static_assert(sizeof(paged_cuda_tensor_maps) == 2 * 128 + 64, "paged_cuda_tensor_maps has holes");
