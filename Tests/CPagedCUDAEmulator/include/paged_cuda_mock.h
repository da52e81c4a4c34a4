/* A CUDA driver and a run-time compiler on the CPU, function by function, for tests of the code that calls them.
 *
 * Device memory is host memory, a module is the names of its kernels, and launches run on the emulator when their stream is
 * synchronised, as late as a GPU may run them. Everything is checked: handles, contexts, sizes of copies, shared memory.
 * All state belongs to the thread, so that tests run side by side; Scripts/emulated-driver.sh makes a library of it, in which all
 * threads share one machine. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The machine that the thread sees. */
typedef struct paged_mock_machine {
    int32_t device_count;
    int32_t capability_major, capability_minor;
    int32_t shared_memory_per_block;
    int32_t multiprocessor_count;
} paged_mock_machine;

/* Starts anew: forgets failures and counts, and whatever is still open. */
void paged_mock_start(paged_mock_machine machine);

/* A function of libcuda.so.1 or of NVRTC by its name there; NULL if nobody needs it. */
void *paged_mock_symbol(const char *name);

/* Lets a function fail once with a number, after `calls` calls that do not; "kernel" fails when a launch is executed. */
void paged_mock_fail(const char *name, int32_t code, int32_t calls);

/* How often a function was called since the start. */
int32_t paged_mock_calls(const char *name);

/* Contexts, modules, streams, events and buffers that are not given back yet. */
int32_t paged_mock_open_handles(void);

/* Bytes of buffers that are not given back yet. */
int64_t paged_mock_open_bytes(void);

#ifdef __cplusplus
}
#endif
