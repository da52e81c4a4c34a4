/* Pairs of 16-bit numbers in each lane: neighbouring channels of a query or key, or the same channel of two neighbouring
 * keys. */
#pragma once

typedef uint16_t pv_shorts PV_VECTOR(2 * PV_LANES);

/* Rows of two keys as pairs: of the lower half of their channels, and of the upper one. */
#define PV_BOTH(...) (pv_float) __builtin_shufflevector((pv_shorts)a, (pv_shorts)b, __VA_ARGS__)
PV pv_float pv_pairs_low(pv_float a, pv_float b) {
#if PV_LANES == 16
    return PV_BOTH(0, 32, 1, 33, 2, 34, 3, 35, 4, 36, 5, 37, 6, 38, 7, 39, 8, 40, 9, 41, 10, 42, 11, 43, 12, 44, 13, 45,
                   14, 46, 15, 47);
#elif PV_LANES == 8
    return PV_BOTH(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
#else
    return PV_BOTH(0, 8, 1, 9, 2, 10, 3, 11);
#endif
}
PV pv_float pv_pairs_high(pv_float a, pv_float b) {
#if PV_LANES == 16
    return PV_BOTH(16, 48, 17, 49, 18, 50, 19, 51, 20, 52, 21, 53, 22, 54, 23, 55, 24, 56, 25, 57, 26, 58, 27, 59, 28,
                   60, 29, 61, 30, 62, 31, 63);
#elif PV_LANES == 8
    return PV_BOTH(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
#else
    return PV_BOTH(4, 12, 5, 13, 6, 14, 7, 15);
#endif
}

/* Products of pairs of bfloat16, where the instruction set has them (AVX512_BF16): first * first is added to the sum, then
 * second * second, each rounded to float32; subnormal numbers count as 0. */

#if defined(__AVX512BF16__) && PV_LANES == 16
enum { pv_has_pairs = 1 };
typedef __bf16 pv_pairs __attribute__((vector_size(64)));
typedef float pv_sums __attribute__((vector_size(64)));

PV pv_float pv_add_pairs(pv_float a, pv_float b, pv_float sum) {
    return (pv_float)__builtin_ia32_dpbf16ps_512((pv_sums)sum, (pv_pairs)a, (pv_pairs)b);
}
/* The first `channels` of a row, a multiple of 8 below 32; the rest is zero. */
PV pv_float pv_load_pairs_part(const void *p, long channels) {
    pv_int zero = (pv_int)0;
    unsigned short mask = (unsigned short)((1u << (channels / 2)) - 1);
    return (pv_float)__builtin_ia32_loaddqusi512_mask(
        (const int *)p, (__attribute__((vector_size(64))) int)zero, mask);
}
/* 32 floats as bfloat16. */
PV pv_float pv_narrow_pairs(pv_float low, pv_float high) {
    return (pv_float)__builtin_ia32_cvtne2ps2bf16_512((pv_sums)high, (pv_sums)low);
}
#else
/* Never called: this only lets the code compile. */
enum { pv_has_pairs = 0 };
PV pv_float pv_add_pairs(pv_float a, pv_float b, pv_float sum) { return a + b + sum; }
PV pv_float pv_load_pairs_part(const void *p, long channels) { return (void)channels, pv_load(p); }
PV pv_float pv_narrow_pairs(pv_float low, pv_float high) { return low + high; }
#endif

/* Rows of pairs with only the first or only the second of each. */
PV pv_float pv_first_of_pairs(pv_float a) { return (pv_float)((pv_uint)a & 0xffffu); }
PV pv_float pv_second_of_pairs(pv_float a) { return (pv_float)((pv_uint)a & 0xffff0000u); }

/* Whether elements are finite: folds magnitudes into a running maximum of bits, to be asked at the end. */
PV pv_float pv_fold_bits(pv_float largest, pv_float a) {
    pv_uint bits = (pv_uint)a & 0x7fffffffu;
    return (pv_float)(bits > (pv_uint)largest ? bits : (pv_uint)largest);
}
PV pv_float pv_fold_pair_bits(pv_float largest, pv_float a) {
    pv_shorts bits = (pv_shorts)a & 0x7fff;
    return (pv_float)(bits > (pv_shorts)largest ? bits : (pv_shorts)largest);
}
PV int pv_is_below_infinity(pv_float largest) {
    pv_int wrong = (pv_uint)largest >= 0x7f800000u;
    int any = 0;
    for (int lane = 0; lane < PV_LANES; ++lane) any |= wrong[lane];
    return !any;
}
PV int pv_pairs_are_below_infinity(pv_float largest) {
    pv_uint second = (pv_uint)largest & 0xffff0000u, first = (pv_uint)largest << 16;
    return pv_is_below_infinity((pv_float)(second > first ? second : first));
}
