/* Vector operations that inline into Swift.
 *
 * The importing Swift target's own flags choose the width and the instructions; vectors import as
 * SIMD4, SIMD8 or SIMD16 of Float. Only clang's portable built-ins are used. Kernels take every
 * floating point vector operation from here: the standard library's are emitted as scalars. */
#pragma once
#include <stdint.h>

#if defined(PAGED_VECTOR_LANES) /* tests: run the code of a wider vector on a narrower processor */
#define PV_LANES PAGED_VECTOR_LANES
#elif defined(__AVX512F__)
#define PV_LANES 16
#elif defined(__AVX2__)
#define PV_LANES 8
#else
#define PV_LANES 4
#endif

#define PV static inline __attribute__((always_inline, unused))
#define PV_VECTOR(n) __attribute__((ext_vector_type(n)))

typedef float pv_float PV_VECTOR(PV_LANES);
typedef uint32_t pv_uint PV_VECTOR(PV_LANES);
typedef int32_t pv_int PV_VECTOR(PV_LANES);

enum { pv_lanes = PV_LANES };

/* Arithmetic, lane by lane. */
PV pv_float pv_set(float a) { return (pv_float)a; }
PV pv_float pv_add(pv_float a, pv_float b) { return a + b; }
PV pv_float pv_subtract(pv_float a, pv_float b) { return a - b; }
PV pv_float pv_multiply(pv_float a, pv_float b) { return a * b; }
PV pv_float pv_divide(pv_float a, pv_float b) { return a / b; }
PV pv_float pv_maximum(pv_float a, pv_float b) { return a > b ? a : b; }
/* a * b + c; fused where the target has it. */
PV pv_float pv_multiply_add(pv_float a, pv_float b, pv_float c) {
#if defined(__FMA__) || defined(__aarch64__)
    return __builtin_elementwise_fma(a, b, c);
#else
    return a * b + c;
#endif
}

/* Selection: where a < b, x, else y. False for NaN. */
PV pv_float pv_where_less(pv_float a, pv_float b, pv_float x, pv_float y) { return a < b ? x : y; }
/* x where first <= offset + lane < end, else y. */
PV pv_float pv_where_in_range(int32_t offset, int32_t first, int32_t end, pv_float x, pv_float y) {
    pv_int lane = {0, 1, 2, 3,
#if PV_LANES > 4
                   4, 5, 6, 7,
#endif
#if PV_LANES > 8
                   8, 9, 10, 11, 12, 13, 14, 15,
#endif
    };
    lane += (pv_int)offset;
    return ((lane >= (pv_int)first) & (lane < (pv_int)end)) ? x : y;
}
/* |a|, and |a| with the sign of b. */
PV pv_float pv_magnitude(pv_float a) { return (pv_float)((pv_uint)a & 0x7fffffffu); }
PV pv_float pv_with_sign(pv_float a, pv_float b) {
    return (pv_float)(((pv_uint)a & 0x7fffffffu) | ((pv_uint)b & 0x80000000u));
}
/* The nearest integer, ties to even; without an instruction for it, of magnitudes up to 2^22. */
PV pv_float pv_nearest(pv_float a) {
#if defined(__SSE4_1__) || defined(__aarch64__)
    return __builtin_elementwise_roundeven(a);
#else
    const pv_float magic = (pv_float)12582912.0f;
    return (a + magic) - magic;
#endif
}
/* p * 2^n for p from 1/2 to 2 and an integer n from -160 to 127; 0 where n is below -150. */
PV pv_float pv_scale_by_power(pv_float p, pv_float n) {
#if defined(__AVX512F__) && PV_LANES == 16
    typedef float whole __attribute__((vector_size(64)));
    return (pv_float)__builtin_ia32_scalefps512_mask((whole)p, (whole)n, (whole)p, 0xffff, 4);
#else
    pv_uint scaled = (pv_uint)p + ((pv_uint)__builtin_convertvector(n, pv_int) << 23);
    return n < (pv_float)-125.0f ? (pv_float)0.0f : (pv_float)scaled;
#endif
}

/* Into the second-level cache: a tile and the next one do not both fit the first. */
PV void pv_prefetch(const void *p) { __builtin_prefetch(p, 0, 2); }

#include "paged_vector_memory.h"
#include "paged_vector_reduce.h"
#include "paged_vector_codes.h"
#include "paged_vector_pairs.h"
#include "paged_vector_integers.h"
#include "paged_vector_bytes.h"
