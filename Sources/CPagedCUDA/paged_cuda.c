#include "paged_cuda.h"

/* Kernels read the call where the host put it: addresses, strides, sizes, switches, and four bytes at the end. */
_Static_assert(sizeof(paged_cuda_call) == (28 + 3) * 8 + (18 + 5 + 4) * 4 + 4, "paged_cuda_call has holes");
