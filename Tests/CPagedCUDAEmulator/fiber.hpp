// Fibers: stacks that the emulator switches between, and what the sanitizers want to know about it.
#pragma once
#include <cstddef>

// The build says so: this file is compiled without the race detector's instrumentation.
#if __has_feature(address_sanitizer)
#define PAGED_ADDRESS_SANITIZER 1
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(PAGED_THREAD_SANITIZER)
#include <sanitizer/tsan_interface.h>
#endif

namespace paged::emulator {

// A stack and where it stopped.
struct Stack {
    static constexpr size_t byte_count = 256 * 1024;

    void *pointer = nullptr;
    void *base = nullptr;
    size_t size = 0;
    void *race_state = nullptr;
    void *fake_stack = nullptr;
    bool is_left = false;  // for good: the address sanitizer's part of it can go

    // Takes memory for a fiber, unless it has some, and starts it at `entry`, which never returns.
    void start(void (*entry)());
    // Gives up the race detector's part of it.
    void finish();
    // Makes this the thread's own stack.
    void adopt_thread();
};

// While it lives, the race detector takes what happens for a thread's of its own, which nothing happened before.
class Beside {
#if defined(PAGED_THREAD_SANITIZER)
    void *mine, *others;
#endif

  public:
    Beside();
    ~Beside();
};

// Leaves `from` and goes on where `to` stopped.
void switch_stacks(Stack &from, Stack &to);
// To be called first on a new fiber's stack; `from` is what was left for it.
void arrive(Stack &from);

}  // namespace paged::emulator
