// What the kernels take from the machine, one line of inline PTX each. No toolkit header: NVRTC and nvcc know threadIdx,
// shuffles and barriers by themselves. The host compiler gets the same names from the emulator of the tests, where bodies
// after PAGED_PTX are not compiled.
#pragma once
#include "paged_cuda.h"

using u8 = unsigned char;
using u16 = unsigned short;
using u32 = unsigned int;
using u64 = unsigned long long;

#if defined(__CUDACC__) || defined(__CUDACC_RTC__)

#define PAGED_DEVICE __device__ __forceinline__
#if __CUDA_ARCH__ >= 700
#define PAGED_PARAMETER const __grid_constant__
#else
#define PAGED_PARAMETER const
#endif
#define PAGED_KERNEL(name, threads, blocks) \
    extern "C" __global__ void __launch_bounds__(threads, blocks) name(PAGED_PARAMETER paged_cuda_call call)
#define PAGED_SHARED(name) extern __shared__ __align__(1024) u8 name[]
#define PAGED_UNROLL _Pragma("unroll")
#define PAGED_UNROLL_BY(count) PAGED_PRAGMA(unroll count)
#define PAGED_PRAGMA(text) _Pragma(#text)
#define PAGED_NO_UNROLL _Pragma("unroll 1")
#define PAGED_ARCHITECTURE (__CUDA_ARCH__)

namespace paged {

PAGED_DEVICE void block_barrier() { __syncthreads(); }
PAGED_DEVICE void warp_barrier() { __syncwarp(); }
template <class Value> PAGED_DEVICE Value shuffle_xor(Value value, int mask) {
    return __shfl_xor_sync(0xffffffffu, value, mask);
}
template <class Value> PAGED_DEVICE Value shuffle_up(Value value, int distance) {
    return __shfl_up_sync(0xffffffffu, value, distance);
}
template <class Value> PAGED_DEVICE Value shuffle(Value value, int lane) {
    return __shfl_sync(0xffffffffu, value, lane);
}
PAGED_DEVICE bool is_any_of_warp(bool value) { return __any_sync(0xffffffffu, value); }
// The old value; other blocks see what this one wrote before the fence before it.
PAGED_DEVICE u32 add_atomically(u32 *address, u32 value) { return atomicAdd(address, value); }
PAGED_DEVICE void memory_fence() { __threadfence(); }
PAGED_DEVICE float load_uncached(const float *address) { return __ldcg(address); }

PAGED_DEVICE u32 bits_of(float value) { return __float_as_uint(value); }
PAGED_DEVICE float float_of(u32 bits) { return __uint_as_float(bits); }
PAGED_DEVICE float exponential2(float x) {
    float result;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(x));
    return result;
}
// Makes a value unknown to the compiler, which could otherwise compute it, or what follows from it, at another place.
PAGED_DEVICE void keep(int &value) { asm volatile("" : "+r"(value)); }
template <class Type> PAGED_DEVICE void keep(Type *&value) { asm volatile("" : "+l"(value)); }
PAGED_DEVICE void keep(long long &value) { asm volatile("" : "+l"(value)); }

// The one that is a number, if only one is.
PAGED_DEVICE float maximum(float a, float b) { return fmaxf(a, b); }
PAGED_DEVICE float nearest(float x) { return rintf(x); }
PAGED_DEVICE float reciprocal_root(float x) { return __frsqrt_rn(x); }
PAGED_DEVICE float quotient(float a, float b) { return __fdiv_rn(a, b); }

PAGED_DEVICE float float_of_half(u16 bits) {
    float result;
    asm("cvt.f32.f16 %0, %1;" : "=f"(result) : "h"(bits));
    return result;
}
PAGED_DEVICE u16 half_of(float value) {
    u16 result;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(result) : "f"(value));
    return result;
}

// Bytes of a (0 to 3) and b (4 to 7), chosen by the digits of a selector from the lowest on.
PAGED_DEVICE u32 permute(u32 a, u32 b, u32 selector) { return __byte_perm(a, b, selector); }
// (word & mask) ^ bits. A compiler makes two instructions of two constants.
PAGED_DEVICE u32 and_xor(u32 word, u32 mask, u32 bits) {
    u32 result;
    asm("lop3.b32 %0, %1, %2, %3, 0x6a;" : "=r"(result) : "r"(word), "r"(mask), "r"(bits));
    return result;
}
// Pairs of halves.
PAGED_DEVICE u32 add_half_pairs(u32 a, u32 b) {
    u32 result;
    asm("add.rn.f16x2 %0, %1, %2;" : "=r"(result) : "r"(a), "r"(b));
    return result;
}
PAGED_DEVICE u32 multiply_half_pairs(u32 a, u32 b) {
    u32 result;
    asm("mul.rn.f16x2 %0, %1, %2;" : "=r"(result) : "r"(a), "r"(b));
    return result;
}
// a * b + c of pairs of halves.
PAGED_DEVICE u32 multiply_add_half_pairs(u32 a, u32 b, u32 c) {
    u32 result;
    asm("fma.rn.f16x2 %0, %1, %2, %3;" : "=r"(result) : "r"(a), "r"(b), "r"(c));
    return result;
}
#if __CUDA_ARCH__ >= 890
// Two codes of float8e4m3fn.
PAGED_DEVICE u32 halves_of_float8(u16 codes) {
    u32 result;
    asm("cvt.rn.f16x2.e4m3x2 %0, %1;" : "=r"(result) : "h"(codes));
    return result;
}
#endif
#if __CUDA_ARCH__ >= 800
// a * b + c of pairs of bfloat16.
PAGED_DEVICE u32 multiply_add_bfloat_pairs(u32 a, u32 b, u32 c) {
    u32 result;
    asm("fma.rn.bf16x2 %0, %1, %2, %3;" : "=r"(result) : "r"(a), "r"(b), "r"(c));
    return result;
}
#endif

// Two numbers as neighbouring elements, the first one in the lower half.
PAGED_DEVICE u32 pack_halves(float low, float high) {
#if __CUDA_ARCH__ >= 800
    u32 pair;
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
    return pair;
#else
    return u32(half_of(low)) | u32(half_of(high)) << 16;
#endif
}
#if __CUDA_ARCH__ >= 800
PAGED_DEVICE u32 pack_bfloats(float low, float high) {
    u32 pair;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
    return pair;
}
#endif

// 16 bytes from global to shared memory, or zeros, in the background where the machine can.
PAGED_DEVICE u32 shared_address(const void *pointer) { return u32(__cvta_generic_to_shared(pointer)); }
PAGED_DEVICE void copy_async(void *target, const void *source, bool is_valid) {
#if __CUDA_ARCH__ >= 800
    const int bytes = is_valid ? 16 : 0;
    asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16, %2;" ::"r"(shared_address(target)), "l"(source),
                 "r"(bytes)
                 : "memory");
#else
    *(uint4 *)target = is_valid ? *(const uint4 *)source : make_uint4(0, 0, 0, 0);
#endif
}
PAGED_DEVICE void commit_copies() {
#if __CUDA_ARCH__ >= 800
    asm volatile("cp.async.commit_group;" ::: "memory");
#endif
}
// Until at most `pending` of this thread's groups are under way.
template <int pending> PAGED_DEVICE void wait_for_copies() {
#if __CUDA_ARCH__ >= 800
    asm volatile("cp.async.wait_group %0;" ::"n"(pending) : "memory");
#endif
}

#if __CUDA_ARCH__ >= 750
// Four 8 x 8 matrices of elements; lane l hands in the address of row l % 8 of matrix l / 8 and gets columns 2 * (l % 4)
// and the next of row l / 4 of each; transposed, rows and columns change places.
PAGED_DEVICE void load_matrices(u32 *words, const void *row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(words[0]), "=r"(words[1]), "=r"(words[2]), "=r"(words[3])
                 : "r"(shared_address(row))
                 : "memory");
}
PAGED_DEVICE void load_matrices_transposed(u32 *words, const void *row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(words[0]), "=r"(words[1]), "=r"(words[2]), "=r"(words[3])
                 : "r"(shared_address(row))
                 : "memory");
}
// Lane l has columns 2 * (l % 4) and the next of row l / 4 of an 8 x 8 matrix of elements, and gets those of its transpose.
PAGED_DEVICE u32 transpose_matrix(u32 word) {
    u32 result;
    asm volatile("movmatrix.sync.aligned.m8n8.trans.b16 %0, %1;" : "=r"(result) : "r"(word));
    return result;
}

// sums += a * b for a 16 x 16 and a 16 x 8 matrix of elements.
PAGED_DEVICE void multiply_halves(float *sums, const u32 *a, u32 b0, u32 b1) {
#define PAGED_MULTIPLY(operation, ...)                                                             \
    asm volatile("mma.sync.aligned." operation                                                     \
                 : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])                      \
                 : __VA_ARGS__)
#if __CUDA_ARCH__ >= 800
    PAGED_MULTIPLY(
        "m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};", "r"(a[0]),
        "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
#else
    PAGED_MULTIPLY(
        "m16n8k8.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5}, {%6}, {%0, %1, %2, %3};", "r"(a[0]), "r"(a[1]),
        "r"(b0));
    PAGED_MULTIPLY(
        "m16n8k8.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5}, {%6}, {%0, %1, %2, %3};", "r"(a[2]), "r"(a[3]),
        "r"(b1));
#endif
}
#if __CUDA_ARCH__ >= 800
PAGED_DEVICE void multiply_bfloats(float *sums, const u32 *a, u32 b0, u32 b1) {
    PAGED_MULTIPLY(
        "m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};",
        "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
#endif
#undef PAGED_MULTIPLY
#endif

}  // namespace paged

#elif !defined(PAGED_EMULATOR)
#error "Include the emulator before a kernel, or compile with NVRTC or nvcc."
#endif
