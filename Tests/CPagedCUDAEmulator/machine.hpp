// The emulated multiprocessor: a CUDA thread is a fiber, a block runs on one CPU thread, blocks one after the other.
//
// Threads run until they wait. Collectives of a warp happen when its 32nd lane arrives, asynchronous copies when they are
// waited for, as late as the machine may do them. Shared memory starts poisoned. What can never happen again is reported:
// a collective that some lanes do not reach, or for which they reach another one, a barrier that nobody completes.
#pragma once
#include <cstddef>
#include <cstdint>

#include "paged_cuda_launch.h"

namespace paged::emulator {

struct Index {
    unsigned x, y, z;
};

// What kernels see as threadIdx, blockIdx, gridDim and shared memory.
Index thread_index();
Index block_index();
Index grid_size();
unsigned char *shared_memory();

using Body = void (*)(const paged_cuda_call &, const paged_cuda_tensor_maps &);

// A kernel under its name, linked into the list of all when the program starts.
struct Kernel {
    const char *name;
    Body body;
    const Kernel *next;
    Kernel(const char *name, Body body);
};

// Waits of the running thread.
void block_barrier();
void warp_barrier();
// For so many threads; whether any of them has found something.
bool named_barrier(int number, int threads, bool found);
void named_barrier_arrive(int number, int threads);
// Until the masked bits of a word differ from `value`.
void wait_while(const uint64_t *word, uint64_t mask, uint64_t value);

// Calls `operation` once for the running warp, with what its 32 lanes handed in.
void collective(void *argument, void (*operation)(void *const *arguments));

// What others do in the background is begun when all threads wait, or at once.
bool is_early();
// Does something of it; false if there is nothing. See hopper.cpp.
bool work_in_background();
// Forgets it; whether there was nothing.
bool end_background();

// The number of the running thread in its warp, and in its block.
int lane();
int thread();
// Calls `operation` once for the running warpgroup, when its 128 threads have handed something in.
void warpgroup_collective(void *argument, void (*operation)(void *const *arguments));

void copy_async(void *target, const void *source, int bytes, bool is_valid);
void commit_copies();
void wait_for_copies(int pending);

// An access for the race detector, in parts of 8 bytes.
void note_read(const void *address, int bytes);
void note_write(void *address, int bytes);
// Everything before `release` at an address is seen after a later `acquire` of it.
void release(const void *address);
void acquire(const void *address);

}  // namespace paged::emulator
