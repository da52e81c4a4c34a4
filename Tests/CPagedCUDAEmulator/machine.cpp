#include "machine.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "fiber.hpp"
#include "paged_cuda_emulator.h"

namespace paged::emulator {

namespace {

struct Copy {
    void *target;
    const void *source;
    int bytes;
    bool is_valid;
};

struct Fiber {
    Stack stack;
    Index index;
    int number;
    bool is_done;
    // Waits while the masked bits of the word are the value.
    const uint64_t *word;
    uint64_t mask, value;
    void *argument;
    std::vector<Copy> copies;              // not committed
    std::vector<std::vector<Copy>> groups;  // committed, not waited for
};

using Operation = void (*)(void *const *);

struct Warp {
    int arrived;
    uint64_t turn;
    Operation operation;  // of those who have arrived
};

// A numbered barrier for some warps.
struct Meeting {
    int arrived = 0;
    uint64_t turn = 0;
    bool found = false, any = false;  // in this turn, and in the last
};

struct Machine {
    Stack thread;
    std::vector<Fiber> fibers;
    std::vector<Warp> warps;
    std::vector<Warp> warpgroups;
    Meeting meetings[16];
    int count, running, unfinished, arrived;
    uint64_t turn;
    Index block, grid;
    Body body;
    paged_cuda_call call;
    paged_cuda_tensor_maps maps;
    unsigned char *shared;
    std::minstd_rand random;
    bool is_shuffled, is_early, is_stuck, is_torn, has_left;
    std::string message;

    ~Machine() {
        for (Fiber &fiber : fibers) std::free(fiber.stack.base);
    }
};

thread_local Machine machine;
Kernel *&first_kernel() {
    static Kernel *first = nullptr;
    return first;
}

bool can_run(const Fiber &fiber) {
    if (fiber.is_done) return false;
    return !fiber.word || (__atomic_load_n(fiber.word, __ATOMIC_RELAXED) & fiber.mask) != fiber.value;
}

// The next thread that can run, after the running one or anywhere; -1 if there is none.
int next_thread() {
    const int first = machine.is_shuffled ? int(machine.random() % unsigned(machine.count)) : machine.running + 1;
    for (int step = 0; step < machine.count; ++step) {
        const int number = (first + step) % machine.count;
        if (can_run(machine.fibers[number])) return number;
    }
    return -1;
}

// Goes on with the next thread that can run, if need be after something in the background; with the launching thread if there
// is none.
void run_next() {
    Fiber &from = machine.fibers[machine.running];
    int number = next_thread();
    while (number < 0 && machine.unfinished > 0 && work_in_background()) number = next_thread();
    if (number == machine.running) return;
    if (number < 0) {
        machine.is_stuck = machine.unfinished > 0;
        switch_stacks(from.stack, machine.thread);
        return;
    }
    machine.running = number;
    switch_stacks(from.stack, machine.fibers[number].stack);
}

void run_thread() {
    arrive(machine.thread);
    machine.body(machine.call, machine.maps);
    Fiber &fiber = machine.fibers[machine.running];
    fiber.is_done = fiber.stack.is_left = true;
    --machine.unfinished;
    release(&machine.unfinished);
    run_next();
    std::abort();
}

void start_block(unsigned threads, unsigned shared_bytes) {
    std::memset(machine.shared, 0xff, shared_bytes);
    machine.count = machine.unfinished = int(threads);
    machine.arrived = 0;
    for (Meeting &meeting : machine.meetings) meeting = Meeting();
    machine.is_stuck = machine.is_torn = false;
    if (machine.fibers.size() < threads) machine.fibers.resize(threads);
    machine.warps.assign(threads / 32, Warp{0, 0, nullptr});
    machine.warpgroups.assign((threads + 127) / 128, Warp{0, 0, nullptr});
    for (unsigned number = 0; number < threads; ++number) {
        Fiber &fiber = machine.fibers[number];
        fiber.index = {number, 0, 0};
        fiber.number = int(number);
        fiber.is_done = false;
        fiber.word = nullptr;
        fiber.copies.clear();
        fiber.groups.clear();
        fiber.stack.start(run_thread);
    }
}

bool run_block(unsigned threads, unsigned shared_bytes) {
    start_block(threads, shared_bytes);
    machine.thread.adopt_thread();
    machine.running = 0;
    switch_stacks(machine.thread, machine.fibers[0].stack);
    acquire(&machine.unfinished);
    for (unsigned number = 0; number < threads; ++number) machine.fibers[number].stack.finish();
    machine.has_left = !end_background();
    return !machine.is_stuck && !machine.has_left;
}

std::string description_of_stuck(const char *name) {
    char text[200];
    if (machine.is_torn) {
        std::snprintf(
            text, sizeof text, "%s, block (%u, %u, %u): thread %d is at another collective than its warp", name,
            machine.block.x, machine.block.y, machine.block.z, machine.running);
        return text;
    }
    const Fiber *waiting = nullptr;
    for (int number = 0; number < machine.count && !waiting; ++number) {
        if (!machine.fibers[number].is_done) waiting = &machine.fibers[number];
    }
    if (!waiting) {
        std::snprintf(
            text, sizeof text, "%s, block (%u, %u, %u): copies are under way at its end", name, machine.block.x,
            machine.block.y, machine.block.z);
        return text;
    }
    std::snprintf(
        text, sizeof text, "%s, block (%u, %u, %u): %d of %d threads wait for ever, first thread %d", name,
        machine.block.x, machine.block.y, machine.block.z, machine.unfinished, machine.count,
        waiting->number);
    return text;
}

}  // namespace

Kernel::Kernel(const char *name, Body body) : name(name), body(body), next(first_kernel()) { first_kernel() = this; }

Index thread_index() { return machine.fibers[machine.running].index; }
Index block_index() { return machine.block; }
Index grid_size() { return machine.grid; }
unsigned char *shared_memory() { return machine.shared; }
bool is_early() { return machine.is_early; }
int lane() { return machine.running % 32; }
int thread() { return machine.running; }

void wait_while(const uint64_t *word, uint64_t mask, uint64_t value) {
    Fiber &fiber = machine.fibers[machine.running];
    fiber.word = word;
    fiber.mask = mask;
    fiber.value = value;
    if (!can_run(fiber)) run_next();
    fiber.word = nullptr;
}

void block_barrier() {
    release(&machine.turn);
    const uint64_t turn = machine.turn;
    if (++machine.arrived == machine.count) {
        machine.arrived = 0;
        ++machine.turn;
    } else {
        wait_while(&machine.turn, ~0ull, turn);
    }
    acquire(&machine.turn);
}

static void arrive(Meeting &meeting, int threads, bool found) {
    release(&meeting.turn);
    meeting.found |= found;
    if (++meeting.arrived < threads) return;
    meeting.any = meeting.found;
    meeting.found = false;
    meeting.arrived = 0;
    ++meeting.turn;
}

bool named_barrier(int number, int threads, bool found) {
    Meeting &meeting = machine.meetings[number];
    const uint64_t turn = meeting.turn;
    arrive(meeting, threads, found);
    wait_while(&meeting.turn, ~0ull, turn);
    acquire(&meeting.turn);
    return meeting.any;
}

void named_barrier_arrive(int number, int threads) { arrive(machine.meetings[number], threads, false); }

void warp_barrier() {
#if !defined(PAGED_OMIT_WARP_BARRIERS)  // a seeded bug: the race detector has to see it
    const Warp &warp = machine.warps[machine.running / 32];
    release(&warp.turn);
    collective(nullptr, [](void *const *) {});
    acquire(&warp.turn);
#endif
}

// Calls `operation` when the last of `count` neighbouring threads arrives: all have to come for the same.
static void gather(Warp &meeting, int count, void *argument, Operation operation) {
    const int number = machine.running;
    if (meeting.arrived > 0 && meeting.operation != operation) {
        machine.is_stuck = machine.is_torn = true;
        switch_stacks(machine.fibers[number].stack, machine.thread);
    }
    meeting.operation = operation;
    machine.fibers[number].argument = argument;
    const uint64_t turn = meeting.turn;
    if (++meeting.arrived < count) return wait_while(&meeting.turn, ~0ull, turn);
    void *arguments[128];
    for (int index = 0; index < count; ++index) {
        arguments[index] = machine.fibers[number / count * count + index].argument;
    }
    operation(arguments);
    meeting.arrived = 0;
    ++meeting.turn;
}

void collective(void *argument, Operation operation) {
    gather(machine.warps[machine.running / 32], 32, argument, operation);
}

void warpgroup_collective(void *argument, Operation operation) {
    gather(machine.warpgroups[machine.running / 128], 128, argument, operation);
}

void copy_async(void *target, const void *source, int bytes, bool is_valid) {
    machine.fibers[machine.running].copies.push_back({target, source, bytes, is_valid});
}

void commit_copies() {
    Fiber &fiber = machine.fibers[machine.running];
    fiber.groups.push_back(std::move(fiber.copies));
    fiber.copies.clear();
}

void wait_for_copies(int pending) {
    auto &groups = machine.fibers[machine.running].groups;
    while (int(groups.size()) > pending) {
        for (const Copy &copy : groups.front()) {
            note_write(copy.target, copy.bytes);
            if (copy.is_valid) note_read(copy.source, copy.bytes);
            if (copy.is_valid) {
                std::memcpy(copy.target, copy.source, size_t(copy.bytes));
            } else {
                std::memset(copy.target, 0, size_t(copy.bytes));
            }
        }
        groups.erase(groups.begin());
    }
}

#if defined(PAGED_THREAD_SANITIZER)
extern "C" void __tsan_read8(void *);
extern "C" void __tsan_write8(void *);
extern "C" void __tsan_read4(void *);
extern "C" void __tsan_write4(void *);

void note_read(const void *address, int bytes) {
    char *at = (char *)address;
    for (; bytes >= 8; bytes -= 8, at += 8) __tsan_read8(at);
    if (bytes >= 4) __tsan_read4(at);
}
void note_write(void *address, int bytes) {
    char *at = (char *)address;
    for (; bytes >= 8; bytes -= 8, at += 8) __tsan_write8(at);
    if (bytes >= 4) __tsan_write4(at);
}
void release(const void *address) { __tsan_release(const_cast<void *>(address)); }
void acquire(const void *address) { __tsan_acquire(const_cast<void *>(address)); }
#else
void note_read(const void *, int) {}
void note_write(void *, int) {}
void release(const void *) {}
void acquire(const void *) {}
#endif

namespace {

const Kernel *kernel_named(const char *name) {
    for (const Kernel *kernel = first_kernel(); kernel; kernel = kernel->next) {
        if (!std::strcmp(kernel->name, name)) return kernel;
    }
    return nullptr;
}

bool run_grid(const paged_cuda_launch &launch, uint64_t seed) {
    machine.grid = {launch.grid_x, launch.grid_y, launch.grid_z};
    machine.random.seed(unsigned(seed));
    machine.is_shuffled = seed != 0;
    machine.is_early = seed & 2;
    // To the byte, so that the address sanitizer sees what is beyond.
    void *shared = nullptr;
    if (posix_memalign(&shared, 1024, launch.shared_bytes) != 0) return false;
    machine.shared = (unsigned char *)shared;
    const unsigned count = launch.grid_x * launch.grid_y * launch.grid_z;
    bool is_done = true;
    for (unsigned number = 0; number < count && is_done; ++number) {
        const unsigned block = seed % 2 ? count - 1 - number : number;
        machine.block = {
            block % launch.grid_x, block / launch.grid_x % launch.grid_y, block / launch.grid_x / launch.grid_y};
        is_done = run_block(launch.threads, launch.shared_bytes);
    }
    std::free(machine.shared);
    return is_done;
}

}  // namespace

}  // namespace paged::emulator

using namespace paged::emulator;

int paged_emulator_has_kernel(const char *name) { return kernel_named(name) != nullptr; }

const char *paged_emulator_launch(
    const char *name, paged_cuda_launch launch, const paged_cuda_call *call, const paged_cuda_tensor_maps *maps, uint64_t seed
) {
    const Kernel *kernel = kernel_named(name);
    if (!kernel) return (machine.message = std::string("no kernel is named ") + name).c_str();
    if (launch.threads % 32) return "threads are not whole warps";
    machine.body = kernel->body;
    machine.call = *call;
    machine.maps = maps ? *maps : paged_cuda_tensor_maps{};
    if (run_grid(launch, seed)) return nullptr;
    return (machine.message = description_of_stuck(name)).c_str();
}
