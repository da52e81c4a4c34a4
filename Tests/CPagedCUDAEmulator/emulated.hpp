// The names of Kernels/device.cuh for the host's compiler. Included before a kernel.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>

#include "machine.hpp"

#define PAGED_EMULATOR 1
#define PAGED_DEVICE inline
#define PAGED_KERNEL(name, threads, blocks)                              \
    static void name(const paged_cuda_call &call);                       \
    static const ::paged::emulator::Kernel name##_listed(                \
        #name, [](const paged_cuda_call &call, const paged_cuda_tensor_maps &) { name(call); }); \
    static void name(const paged_cuda_call &call)
#define PAGED_HOPPER_KERNEL(name)                                                         \
    static void name(const paged_cuda_call &call, const paged_cuda_tensor_maps &maps);    \
    static const ::paged::emulator::Kernel name##_listed(#name, name);                    \
    static void name(const paged_cuda_call &call, const paged_cuda_tensor_maps &maps)
#define PAGED_SHARED(name) unsigned char *name = ::paged::emulator::shared_memory()
#define PAGED_UNROLL
#define PAGED_UNROLL_BY(count)
#define PAGED_NO_UNROLL
#define PAGED_ARCHITECTURE 900

#define threadIdx (::paged::emulator::thread_index())
#define blockIdx (::paged::emulator::block_index())
#define gridDim (::paged::emulator::grid_size())

namespace paged {

using emulator::block_barrier;
using emulator::warp_barrier;

namespace emulator {
struct Exchange {
    uint32_t value, result;
    int source;
};
uint32_t exchange(uint32_t value, int source);
}  // namespace emulator

template <class Value> static inline Value shuffle(Value value, int lane) {
    static_assert(sizeof(Value) == 4);
    uint32_t bits;
    std::memcpy(&bits, &value, 4);
    bits = emulator::exchange(bits, lane);
    std::memcpy(&value, &bits, 4);
    return value;
}
template <class Value> static inline Value shuffle_xor(Value value, int mask) {
    return shuffle(value, emulator::lane() ^ mask);
}
template <class Value> static inline Value shuffle_up(Value value, int distance) {
    const int lane = emulator::lane();
    return shuffle(value, lane >= distance ? lane - distance : lane);
}
bool is_any_of_warp(bool value);
static inline uint32_t add_atomically(uint32_t *address, uint32_t value) {
    emulator::release(address);
    const uint32_t old = __atomic_fetch_add(address, value, __ATOMIC_RELAXED);
    emulator::acquire(address);
    return old;
}
static inline void memory_fence() {}
static inline float load_uncached(const float *address) { return *address; }

static inline uint32_t bits_of(float value) {
    uint32_t bits;
    std::memcpy(&bits, &value, 4);
    return bits;
}
static inline float float_of(uint32_t bits) {
    float value;
    std::memcpy(&value, &bits, 4);
    return value;
}
static inline float exponential2(float x) { return std::exp2(x); }
template <class Value> static inline void keep(Value &) {}
static inline float maximum(float a, float b) { return std::fmax(a, b); }
static inline float nearest(float x) { return std::rint(x); }
static inline float reciprocal_root(float x) { return 1.0f / std::sqrt(x); }
static inline float quotient(float a, float b) { return a / b; }

float float_of_half(uint16_t bits);
uint16_t half_of(float value);
uint32_t permute(uint32_t a, uint32_t b, uint32_t selector);
static inline uint32_t and_xor(uint32_t word, uint32_t mask, uint32_t bits) { return (word & mask) ^ bits; }
uint32_t add_half_pairs(uint32_t a, uint32_t b);
uint32_t multiply_half_pairs(uint32_t a, uint32_t b);
uint32_t multiply_add_half_pairs(uint32_t a, uint32_t b, uint32_t c);
uint32_t halves_of_float8(uint16_t codes);
uint32_t multiply_add_bfloat_pairs(uint32_t a, uint32_t b, uint32_t c);
uint32_t pack_halves(float low, float high);
uint32_t pack_bfloats(float low, float high);

static inline void copy_async(void *target, const void *source, bool is_valid) {
    emulator::copy_async(target, source, 16, is_valid);
}
using emulator::commit_copies;
template <int pending> static inline void wait_for_copies() { emulator::wait_for_copies(pending); }

void load_matrices(uint32_t *words, const void *row);
void load_matrices_transposed(uint32_t *words, const void *row);
uint32_t transpose_matrix(uint32_t word);
void multiply_halves(float *sums, const uint32_t *a, uint32_t b0, uint32_t b1);
void multiply_bfloats(float *sums, const uint32_t *a, uint32_t b0, uint32_t b1);

// SM90, as in hopper.cuh. Addresses of shared memory count from its beginning.
uint32_t shared_address(const void *pointer);
void barrier_start(unsigned long long *barrier, int arrivals);
void barrier_arrive(unsigned long long *barrier);
void barrier_arrive_expecting(unsigned long long *barrier, int bytes);
void barrier_wait(unsigned long long *barrier, int parity);
static inline void publish_to_products() {}
static inline void publish_barriers() {}
void copy_box(
    void *target, const paged_cuda_tensor_map &map, int channel, int head, int place, unsigned long long *barrier);
static inline void prefetch_map(const paged_cuda_tensor_map &) {}
static inline void named_barrier(int number, int threads) { emulator::named_barrier(number, threads, false); }
using emulator::named_barrier_arrive;
static inline bool named_barrier_any(int number, int threads, bool found) {
    return emulator::named_barrier(number, threads, found);
}
static inline float reciprocal(float x) { return 1.0f / x; }
template <int count> static inline void keep_registers() {}
template <int count> static inline void take_registers() {}
static inline void begin_products() {}
template <int count> static inline void hold(float *) {}
void commit_products();
void wait_for_products(int pending);
template <int pending> static inline void wait_for_products() { wait_for_products(pending); }
void multiply_async(
    float *sums, const uint32_t *rows, uint64_t a, uint64_t b, int width, bool adds, bool is_half);
template <class Element, int width>
static inline void multiply_rows(float *sums, uint64_t a, uint64_t b, int adds) {
    multiply_async(sums, nullptr, a, b, width, adds != 0, Element::is_half);
}
template <class Element, int width>
static inline void multiply_columns(float *sums, const uint32_t *a, uint64_t b, int adds) {
    multiply_async(sums, a, 0, b, width, adds != 0, Element::is_half);
}

}  // namespace paged
