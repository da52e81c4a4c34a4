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

}  // namespace paged

#elif !defined(PAGED_EMULATOR)
#error "Include the emulator before a kernel, or compile with NVRTC or nvcc."
#endif
