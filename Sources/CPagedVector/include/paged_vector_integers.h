/* Products of 16-bit integers: what the codes of integer caches are, or twice the codes of float4.
 *
 * A vector is a row of pairs, of which each lane holds one: neighbouring channels of a query or key, or the same channel
 * of two neighbouring keys. A lane's sum is a 32-bit integer, in the bits of a float lane: sums are exact. */
#pragma once

typedef int16_t pv_whole PV_VECTOR(2 * PV_LANES);
typedef int16_t pv_whole_half PV_VECTOR(PV_LANES);
typedef int8_t pv_small PV_VECTOR(2 * PV_LANES);

/* `sum` plus both products of each lane. */
PV pv_float pv_add_integers(pv_float a, pv_float b, pv_float sum) {
#if defined(__AVX512VNNI__) && PV_LANES == 16
    typedef int lanes __attribute__((vector_size(64)));
    return (pv_float)__builtin_ia32_vpdpwssd512((lanes)sum, (lanes)a, (lanes)b);
#else
#if defined(__AVX512BW__) && PV_LANES == 16
    typedef short pairs __attribute__((vector_size(64)));
    pv_int products = (pv_int)__builtin_ia32_pmaddwd512((pairs)a, (pairs)b);
#elif defined(__AVX2__) && PV_LANES == 8
    typedef short pairs __attribute__((vector_size(32)));
    pv_int products = (pv_int)__builtin_ia32_pmaddwd256((pairs)a, (pairs)b);
#elif defined(__SSE2__) && PV_LANES == 4
    typedef short pairs __attribute__((vector_size(16)));
    pv_int products = (pv_int)__builtin_ia32_pmaddwd128((pairs)a, (pairs)b);
#elif defined(__aarch64__)
    pv_whole x = (pv_whole)a, y = (pv_whole)b;
#define PV_WIDE(v, ...) __builtin_convertvector(__builtin_shufflevector(v, v, __VA_ARGS__), pv_int)
    pv_int low = PV_WIDE(x, 0, 1, 2, 3) * PV_WIDE(y, 0, 1, 2, 3);
    pv_int high = PV_WIDE(x, 4, 5, 6, 7) * PV_WIDE(y, 4, 5, 6, 7);
    pv_int products = PV_TWO(low, high, 0, 2, 4, 6) + PV_TWO(low, high, 1, 3, 5, 7);
#else
    pv_int x = (pv_int)a, y = (pv_int)b;
    pv_int products = (x << 16 >> 16) * (y << 16 >> 16) + (x >> 16) * (y >> 16);
#endif
    return (pv_float)((pv_int)sum + products);
#endif
}
PV pv_float pv_plus_integers(pv_float a, pv_float b) { return (pv_float)((pv_int)a + (pv_int)b); }
PV pv_float pv_from_integers(pv_float a) { return __builtin_convertvector((pv_int)a, pv_float); }

/* The nearest integers, below 2^31; and those of two vectors, below 2^15, side by side. */
PV pv_float pv_to_integers(pv_float a) {
    return (pv_float)__builtin_convertvector(pv_nearest(a), pv_int);
}
PV pv_float pv_narrow_integers(pv_float low, pv_float high) {
    pv_whole both;
    pv_whole_half a = __builtin_convertvector((pv_int)low, pv_whole_half);
    pv_whole_half b = __builtin_convertvector((pv_int)high, pv_whole_half);
    __builtin_memcpy(&both, &a, sizeof a);
    __builtin_memcpy((char *)&both + sizeof a, &b, sizeof b);
    return (pv_float)both;
}

/* Codes in memory: twice as many as there are lanes, or the first `channels` of them, a multiple
 * of 8. */
PV pv_float pv_whole_int8(const void *p) {
    pv_small codes;
    __builtin_memcpy(&codes, p, sizeof codes);
    return (pv_float)__builtin_convertvector(codes, pv_whole);
}
/* Two codes of each byte, as integers from 0 to 15. */
PV pv_whole pv_whole_nibbles(const void *p) {
    pv_uint bytes = __builtin_convertvector(pv_load_byte(p), pv_uint);
    return (pv_whole)((bytes | bytes << 12) & 0x000f000fu);
}
PV pv_float pv_whole_int4(const void *p) { return (pv_float)(pv_whole_nibbles(p) - (int16_t)8); }
PV pv_float pv_whole_float4(const void *p) {
    pv_whole code = pv_whole_nibbles(p), magnitude = code & 7, sign = -(code >> 3);
    pv_whole twice = magnitude + magnitude - 4;
    twice = (twice > magnitude ? twice : magnitude) - ((magnitude == 7) << 1);
    return (pv_float)((twice ^ sign) - sign);
}
#define PV_WHOLE_PART(type, bits)                                                       \
    PV pv_float pv_whole_part_##type(const void *p, long channels) {                    \
        char codes[2 * PV_LANES * bits / 8] = {0};                                      \
        for (long channel = 0; channel < channels; channel += 8)                        \
            __builtin_memcpy(codes + channel * bits / 8, (const char *)p + channel * bits / 8, bits); \
        return pv_whole_##type(codes);                                                  \
    }
PV_WHOLE_PART(int8, 8)
PV_WHOLE_PART(int4, 4)
PV_WHOLE_PART(float4, 4)

/* Numbers below 2^15, rounded, as 16-bit integers in memory. */
PV void pv_store_integers(void *p, pv_float v) {
    pv_whole_half r = __builtin_convertvector(__builtin_convertvector(pv_nearest(v), pv_int), pv_whole_half);
    __builtin_memcpy(p, &r, sizeof r);
}
