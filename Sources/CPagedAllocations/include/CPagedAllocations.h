// Counts memory allocations, for measurements and tests. Until asked to, it does nothing.
#ifndef PAGED_ALLOCATIONS_H
#define PAGED_ALLOCATIONS_H

#include <stdbool.h>
#include <stdint.h>

/// From now on counts what the libraries that are loaded allocate, but for the system's C library:
/// the Swift runtime, which makes every object of Swift code, and ONNX Runtime. False where that is
/// not possible.
bool paged_allocations_begin(void);

/// Allocations by this thread so far, those that grow memory included.
uint64_t paged_allocations_of_thread(void);

#endif
