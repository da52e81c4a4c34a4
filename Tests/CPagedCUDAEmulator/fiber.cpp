#include "fiber.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" void paged_emulator_switch(void **from, void *to);

// Saves the registers that calls keep, changes stacks, and restores those of the other.
#if defined(__x86_64__)
__asm__(
    ".text\n.globl paged_emulator_switch\npaged_emulator_switch:\n"
    "pushq %rbp\npushq %rbx\npushq %r12\npushq %r13\npushq %r14\npushq %r15\n"
    "movq %rsp, (%rdi)\nmovq %rsi, %rsp\n"
    "popq %r15\npopq %r14\npopq %r13\npopq %r12\npopq %rbx\npopq %rbp\nret\n");
static constexpr int saved_words = 6;
static constexpr int return_word = 6;
#elif defined(__aarch64__)
#if defined(__APPLE__)
#define PAGED_SYMBOL "_paged_emulator_switch"
#else
#define PAGED_SYMBOL "paged_emulator_switch"
#endif
__asm__(
    ".text\n.globl " PAGED_SYMBOL "\n" PAGED_SYMBOL ":\n"
    "sub sp, sp, #160\n"
    "stp x19, x20, [sp, #0]\nstp x21, x22, [sp, #16]\nstp x23, x24, [sp, #32]\nstp x25, x26, [sp, #48]\n"
    "stp x27, x28, [sp, #64]\nstp x29, x30, [sp, #80]\n"
    "stp d8, d9, [sp, #96]\nstp d10, d11, [sp, #112]\nstp d12, d13, [sp, #128]\nstp d14, d15, [sp, #144]\n"
    "mov x9, sp\nstr x9, [x0]\nmov sp, x1\n"
    "ldp x19, x20, [sp, #0]\nldp x21, x22, [sp, #16]\nldp x23, x24, [sp, #32]\nldp x25, x26, [sp, #48]\n"
    "ldp x27, x28, [sp, #64]\nldp x29, x30, [sp, #80]\n"
    "ldp d8, d9, [sp, #96]\nldp d10, d11, [sp, #112]\nldp d12, d13, [sp, #128]\nldp d14, d15, [sp, #144]\n"
    "add sp, sp, #160\nret\n");
static constexpr int saved_words = 20;
static constexpr int return_word = 11;
#else
#error "The emulator switches stacks on x86-64 and arm64 only."
#endif

namespace paged::emulator {

void Stack::start(void (*entry)()) {
    if (!base) {
        base = std::aligned_alloc(4096, byte_count);
        size = byte_count;
    }
    // On x86-64 a function begins 8 bytes off a multiple of 16, as after a call.
    uintptr_t *top = (uintptr_t *)((char *)base + byte_count - 64);
    uintptr_t *words = top - saved_words - (saved_words % 2 == 0 ? 2 : 0);
#if defined(__aarch64__)
    words = top - saved_words;
#endif
    for (uintptr_t *word = words; word < top; ++word) *word = 0;
    words[return_word] = (uintptr_t)entry;
    pointer = words;
    fake_stack = nullptr;
    is_left = false;
#if defined(PAGED_THREAD_SANITIZER)
    race_state = __tsan_create_fiber(0);
#endif
}

void Stack::finish() {
#if defined(PAGED_THREAD_SANITIZER)
    __tsan_destroy_fiber(race_state);
#endif
}

void Stack::adopt_thread() {
#if defined(PAGED_THREAD_SANITIZER)
    race_state = __tsan_get_current_fiber();
#endif
}

#if defined(PAGED_THREAD_SANITIZER)
Beside::Beside() : mine(__tsan_create_fiber(0)), others(__tsan_get_current_fiber()) {
    __tsan_switch_to_fiber(mine, 1 /* no synchronisation */);
}
Beside::~Beside() {
    __tsan_switch_to_fiber(others, 1);
    __tsan_destroy_fiber(mine);
}
#else
Beside::Beside() {}
Beside::~Beside() {}
#endif

void switch_stacks(Stack &from, Stack &to) {
#if defined(PAGED_THREAD_SANITIZER)
    __tsan_switch_to_fiber(to.race_state, 1 /* no synchronisation */);
#endif
#if defined(PAGED_ADDRESS_SANITIZER)
    __sanitizer_start_switch_fiber(from.is_left ? nullptr : &from.fake_stack, to.base, to.size);
#endif
    paged_emulator_switch(&from.pointer, to.pointer);
#if defined(PAGED_ADDRESS_SANITIZER)
    __sanitizer_finish_switch_fiber(from.fake_stack, nullptr, nullptr);
#endif
}

void arrive(Stack &from) {
#if defined(PAGED_ADDRESS_SANITIZER)
    const void *base;
    size_t size;
    __sanitizer_finish_switch_fiber(nullptr, &base, &size);
    if (!from.base) {
        from.base = const_cast<void *>(base);
        from.size = size;
    }
#else
    (void)from;
#endif
}

}  // namespace paged::emulator
