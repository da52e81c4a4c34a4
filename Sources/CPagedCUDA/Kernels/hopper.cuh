// What kernels for SM90 take from the machine besides device.cuh: barriers in shared memory and for some of a block's threads,
// copies of boxes, and products of a warpgroup.
#pragma once
#include "elements.cuh"

namespace paged {

// A stretch of shared memory in the order that products of a warpgroup read: rows of 128 bytes, 16-byte places of a row
// changed by its number in eight, so that eight rows lie in different banks. It begins at a multiple of 1024 bytes.
PAGED_DEVICE int swizzled(int row, int place) { return 128 * row + 16 * (place ^ (row & 7)); }

#if defined(__CUDACC__) || defined(__CUDACC_RTC__)

#define PAGED_HOPPER_KERNEL(name)                                                       \
    extern "C" __global__ void __launch_bounds__(PAGED_CUDA_HOPPER_THREADS, 1) name(    \
        PAGED_PARAMETER paged_cuda_call call, const __grid_constant__ paged_cuda_tensor_maps maps)

// 1 / x, but for its last bit.
PAGED_DEVICE float reciprocal(float x) {
    float result;
    asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(x));
    return result;
}

// A barrier that a number of threads arrive at; its phase then changes.
PAGED_DEVICE void barrier_start(u64 *barrier, int arrivals) {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(shared_address(barrier)), "r"(arrivals) : "memory");
}
PAGED_DEVICE void barrier_arrive(u64 *barrier) {
    asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(shared_address(barrier)) : "memory");
}
// Arrives, and lets the phase last until so many bytes of boxes are there as well.
PAGED_DEVICE void barrier_arrive_expecting(u64 *barrier, int bytes) {
    asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(shared_address(barrier)), "r"(bytes)
                 : "memory");
}
// Until the phase of this parity is over.
PAGED_DEVICE void barrier_wait(u64 *barrier, int parity) {
    asm volatile(
        "{\n.reg .pred done;\nagain:\nmbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n@!done bra again;\n}"
        ::"r"(shared_address(barrier)), "r"(parity)
        : "memory");
}
// What this thread wrote to shared memory is seen by products that begin later.
PAGED_DEVICE void publish_to_products() { asm volatile("fence.proxy.async.shared::cta;" ::: "memory"); }
// Barriers that this thread has started are known to copies of boxes.
PAGED_DEVICE void publish_barriers() { asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory"); }

// Starts to copy a box to a multiple of 1024 bytes, swizzled; zeros for what is outside of the tensor. The barrier counts all
// bytes of the box.
PAGED_DEVICE void copy_box(
    void *target, const paged_cuda_tensor_map &map, int channel, int head, int place, u64 *barrier
) {
    asm volatile(
        "cp.async.bulk.tensor.3d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3, %4}], [%5];"
        ::"r"(shared_address(target)), "l"(&map), "r"(channel), "r"(head), "r"(place), "r"(shared_address(barrier))
        : "memory");
}
PAGED_DEVICE void prefetch_map(const paged_cuda_tensor_map &map) {
    asm volatile("prefetch.tensormap [%0];" ::"l"(&map) : "memory");
}

// Barriers for some warps, numbered from 1 on: wait for so many threads, do not wait, and wait for whether any has found something.
PAGED_DEVICE void named_barrier(int number, int threads) {
    asm volatile("bar.sync %0, %1;" ::"r"(number), "r"(threads) : "memory");
}
PAGED_DEVICE void named_barrier_arrive(int number, int threads) {
    asm volatile("bar.arrive %0, %1;" ::"r"(number), "r"(threads) : "memory");
}
PAGED_DEVICE bool named_barrier_any(int number, int threads, bool found) {
    int any;
    asm volatile(
        "{\n.reg .pred p;\nsetp.ne.b32 p, %3, 0;\nbar.red.or.pred p, %1, %2, p;\nselp.b32 %0, 1, 0, p;\n}"
        : "=r"(any)
        : "r"(number), "r"(threads), "r"(int(found))
        : "memory");
    return any != 0;
}

template <int count> PAGED_DEVICE void keep_registers() {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 %0;" ::"n"(count));
}
template <int count> PAGED_DEVICE void take_registers() {
    asm volatile("setmaxnreg.inc.sync.aligned.u32 %0;" ::"n"(count));
}

PAGED_DEVICE void begin_products() { asm volatile("wgmma.fence.sync.aligned;" ::: "memory"); }
PAGED_DEVICE void commit_products() { asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory"); }
// Until at most `pending` groups of this warpgroup's products are under way.
template <int pending> PAGED_DEVICE void wait_for_products() {
    asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(pending) : "memory");
}

// The compiler leaves these sums where they are: products that it knows nothing of write them.
template <int count> PAGED_DEVICE void hold(float *sums) {
    PAGED_UNROLL
    for (int index = 0; index < count; ++index) asm volatile("" : "+f"(sums[index])::"memory");
}

#define PAGED_SUMS_4(i) "+f"(sums[i]), "+f"(sums[i + 1]), "+f"(sums[i + 2]), "+f"(sums[i + 3])
#define PAGED_SUMS_16(i) PAGED_SUMS_4(i), PAGED_SUMS_4(i + 4), PAGED_SUMS_4(i + 8), PAGED_SUMS_4(i + 12)

#define PAGED_PRODUCTS_64_SHARED(type)                                                                                  \
    asm volatile(                                                                                                      \
        "{\n.reg .pred p;\nsetp.ne.b32 p, %34, 0;\n"                                                                    \
        "wgmma.mma_async.sync.aligned.m64n64k16.f32." type "." type " {"                                                \
        "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, " \
        "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31" \
        "}, %32, %33, p, 1, 1, 0, 0;\n}"                                                                                \
        : PAGED_SUMS_16(0), PAGED_SUMS_16(16)                                                                      \
        : "l"(a), "l"(b), "r"(adds))
#define PAGED_PRODUCTS_64_REGISTERS(type)                                                                               \
    asm volatile(                                                                                                      \
        "{\n.reg .pred p;\nsetp.ne.b32 p, %37, 0;\n"                                                                    \
        "wgmma.mma_async.sync.aligned.m64n64k16.f32." type "." type " {"                                                \
        "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, " \
        "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31" \
        "}, {%32, %33, %34, %35}, %36, p, 1, 1, 1;\n}"                                                                    \
        : PAGED_SUMS_16(0), PAGED_SUMS_16(16)                                                                      \
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b), "r"(adds))

#define PAGED_PRODUCTS_128_SHARED(type)                                                                                  \
    asm volatile(                                                                                                      \
        "{\n.reg .pred p;\nsetp.ne.b32 p, %66, 0;\n"                                                                    \
        "wgmma.mma_async.sync.aligned.m64n128k16.f32." type "." type " {"                                                \
        "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, " \
        "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, " \
        "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, " \
        "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63" \
        "}, %64, %65, p, 1, 1, 0, 0;\n}"                                                                                \
        : PAGED_SUMS_16(0), PAGED_SUMS_16(16), PAGED_SUMS_16(32), PAGED_SUMS_16(48)                                                                      \
        : "l"(a), "l"(b), "r"(adds))
#define PAGED_PRODUCTS_128_REGISTERS(type)                                                                               \
    asm volatile(                                                                                                      \
        "{\n.reg .pred p;\nsetp.ne.b32 p, %69, 0;\n"                                                                    \
        "wgmma.mma_async.sync.aligned.m64n128k16.f32." type "." type " {"                                                \
        "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, " \
        "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, " \
        "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, " \
        "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63" \
        "}, {%64, %65, %66, %67}, %68, p, 1, 1, 1;\n}"                                                                    \
        : PAGED_SUMS_16(0), PAGED_SUMS_16(16), PAGED_SUMS_16(32), PAGED_SUMS_16(48)                                                                      \
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b), "r"(adds))

// sums = a * b, or + a * b, for 64 rows of 16 numbers in shared memory and `width` such rows.
template <class Element, int width> PAGED_DEVICE void multiply_rows(float *sums, u64 a, u64 b, int adds) {
    constexpr bool is_half = Element::is_half;
    if constexpr (width == 128) {
        if constexpr (is_half) PAGED_PRODUCTS_128_SHARED("f16"); else PAGED_PRODUCTS_128_SHARED("bf16");
    } else {
        if constexpr (is_half) PAGED_PRODUCTS_64_SHARED("f16"); else PAGED_PRODUCTS_64_SHARED("bf16");
    }
}
// The same for rows in registers, as mma has them, and 16 rows of `width` numbers in shared memory.
template <class Element, int width> PAGED_DEVICE void multiply_columns(float *sums, const u32 *a, u64 b, int adds) {
    constexpr bool is_half = Element::is_half;
    if constexpr (width == 128) {
        if constexpr (is_half) PAGED_PRODUCTS_128_REGISTERS("f16"); else PAGED_PRODUCTS_128_REGISTERS("bf16");
    } else {
        if constexpr (is_half) PAGED_PRODUCTS_64_REGISTERS("f16"); else PAGED_PRODUCTS_64_REGISTERS("bf16");
    }
}

#endif

// Where products find swizzled rows: `panel` bytes from 64 columns to the next 64, `stretch` bytes from
// eight rows to the next.
PAGED_DEVICE u64 products_address(const void *rows, int panel, int stretch = 1024) {
    return u64(shared_address(rows) >> 4 & 0x3fff) | u64(panel >> 4) << 16 | u64(stretch >> 4) << 32 | 1ull << 62;
}
// So many bytes further on, in 32 bits: nothing is carried into the rest.
PAGED_DEVICE u64 products_address_at(u64 address, int bytes) {
    return (address & 0xffffffff00000000ull) | u32(u32(address) + u32(bytes >> 4));
}

}  // namespace paged
