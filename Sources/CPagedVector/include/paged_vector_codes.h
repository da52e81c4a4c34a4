/* Codes of quantised caches to and from float32 lanes.
 *
 * A stored number is already divided by its scale; numbers beyond the range of a code saturate, ties
 * go to even, and NaN becomes the lowest integer or the largest floating point number. Two 4-bit
 * codes share a byte, the first in its lower half. `half` variants touch as many codes as half of the
 * lanes. */
#pragma once

typedef uint8_t pv_byte PV_VECTOR(PV_LANES);
typedef int8_t pv_signed_byte PV_VECTOR(PV_LANES);
typedef uint8_t pv_byte_half PV_VECTOR(PV_LANES / 2);

/* a / b, and 0 where b is 0. */
PV pv_float pv_divide_or_zero(pv_float a, pv_float b) {
    return b == (pv_float)0.0f ? (pv_float)0.0f : a / b;
}

/* A small floating point code without its sign, of `mantissa` mantissa bits and exponent bias `bias`:
 * below 2^(1 - bias) the code counts steps, above it is the upper part of a float32. */
PV pv_float pv_decode_small(pv_uint magnitude, int mantissa, int bias) {
    const pv_float step = (pv_float)((pv_uint)(uint32_t)(127 + 1 - bias - mantissa) << 23);
    pv_float small = __builtin_convertvector((pv_int)magnitude, pv_float) * step;
    pv_uint normal = (magnitude << (23 - mantissa)) + ((uint32_t)(127 - bias) << 23);
    return magnitude < (1u << mantissa) ? small : (pv_float)normal;
}
PV pv_uint pv_encode_small(pv_float magnitude, int mantissa, int bias) {
    const int shift = 23 - mantissa;
    const pv_float steps = (pv_float)((pv_uint)(uint32_t)(127 - 1 + bias + mantissa) << 23);
    pv_uint small = (pv_uint)__builtin_convertvector(pv_nearest(magnitude * steps), pv_int);
    pv_uint bits = (pv_uint)magnitude;
    pv_uint odd = (bits >> shift) & 1;
    pv_uint normal = ((bits + ((1u << (shift - 1)) - 1) + odd) >> shift) -
                     ((uint32_t)(127 - bias) << mantissa);
    return bits < (uint32_t)(127 + 1 - bias) << 23 ? small : normal;
}
PV pv_float pv_clamp_small(pv_float a, float largest) {
    pv_float below = a < (pv_float)largest ? a : (pv_float)largest;
    return below > (pv_float)-largest ? below : (pv_float)-largest;
}
PV pv_float pv_clamp_integer(pv_float a, float low, float high) {
    pv_float above = a > (pv_float)low ? a : (pv_float)low;
    return pv_nearest(above < (pv_float)high ? above : (pv_float)high);
}

/* One code for each lane, and back. */
PV pv_float pv_decode_int8(pv_byte b) {
    return __builtin_convertvector((pv_signed_byte)b, pv_float);
}
PV pv_byte pv_encode_int8(pv_float a) {
    pv_int codes = __builtin_convertvector(pv_clamp_integer(a, -128, 127), pv_int);
    return __builtin_convertvector((pv_uint)codes, pv_byte);
}
PV pv_float pv_decode_float8(pv_byte b) {
#if defined(__F16C__) || defined(__aarch64__)
    /* The fields of a binary16 that is 2^8 times smaller, subnormal numbers included. */
    pv_short code = __builtin_convertvector(b, pv_short);
    pv_short magnitude = (code & 0x7f) << 7;
    pv_short bits = magnitude | (code & 0x80) << 8;
    bits = magnitude == (pv_short)(uint16_t)(0x7f << 7) ? (pv_short)(uint16_t)0x7e00 : bits;
    return pv_widen_float16(bits) * 256.0f;
#else
    pv_uint code = __builtin_convertvector(b, pv_uint);
    pv_uint magnitude = code & 0x7f;
    pv_uint bits = (pv_uint)pv_decode_small(magnitude, 3, 7);
    bits = magnitude == 0x7f ? (pv_uint)0x7fc00000u : bits;
    return (pv_float)(bits | (code & 0x80) << 24);
#endif
}
PV pv_byte pv_encode_float8(pv_float a) {
    pv_float clamped = pv_clamp_small(a, 448);
    pv_uint sign = (pv_uint)clamped >> 24 & 0x80;
    return __builtin_convertvector(pv_encode_small(pv_magnitude(clamped), 3, 7) | sign, pv_byte);
}
PV pv_float pv_decode_int4(pv_byte b) {
    return __builtin_convertvector(__builtin_convertvector(b, pv_int) - 8, pv_float);
}
PV pv_byte pv_encode_int4(pv_float a) {
    pv_int codes = __builtin_convertvector(pv_clamp_integer(a, -8, 7), pv_int) + 8;
    return __builtin_convertvector((pv_uint)codes, pv_byte);
}
PV pv_float pv_decode_float4(pv_byte b) {
    pv_uint code = __builtin_convertvector(b, pv_uint);
    pv_uint bits = (pv_uint)pv_decode_small(code & 7, 1, 1);
    return (pv_float)(bits | (code & 8) << 28);
}
PV pv_byte pv_encode_float4(pv_float a) {
    pv_float clamped = pv_clamp_small(a, 6);
    pv_uint sign = (pv_uint)clamped >> 28 & 8;
    return __builtin_convertvector(pv_encode_small(pv_magnitude(clamped), 1, 1) | sign, pv_byte);
}

/* Codes in memory, one to a byte. */
PV pv_byte pv_load_byte(const void *p) {
    pv_byte r;
    __builtin_memcpy(&r, p, sizeof r);
    return r;
}
PV pv_byte pv_load_byte_half(const void *p) {
    pv_byte_half r;
    __builtin_memcpy(&r, p, sizeof r);
    return PV_WIDEN(r, (pv_byte_half)(uint8_t)0);
}
PV void pv_store_byte(void *p, pv_byte v) { __builtin_memcpy(p, &v, sizeof v); }
PV void pv_store_byte_half(void *p, pv_byte v) {
    pv_byte_half r = PV_LOWER(v);
    __builtin_memcpy(p, &r, sizeof r);
}

/* Codes in memory, two to a byte: a 64-bit word holds those of all lanes. */
PV pv_byte pv_spread(uint64_t word) {
#if PV_LANES == 16
    typedef uint8_t pairs PV_VECTOR(8);
    pairs both;
    __builtin_memcpy(&both, &word, sizeof both);
    pairs low = both & 15, high = both >> 4;
    return __builtin_shufflevector(low, high, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
#elif PV_LANES == 8
    typedef uint8_t pairs PV_VECTOR(4);
    uint32_t lower = (uint32_t)word;
    pairs both;
    __builtin_memcpy(&both, &lower, sizeof both);
    pairs low = both & 15, high = both >> 4;
    return __builtin_shufflevector(low, high, 0, 4, 1, 5, 2, 6, 3, 7);
#else
    return (pv_byte){(uint8_t)(word & 15), (uint8_t)(word >> 4 & 15), (uint8_t)(word >> 8 & 15),
                     (uint8_t)(word >> 12 & 15)};
#endif
}
PV uint64_t pv_gather(pv_byte codes) {
    uint64_t word = 0;
    for (int lane = 0; lane < PV_LANES; ++lane) word |= (uint64_t)codes[lane] << 4 * lane;
    return word;
}
PV pv_byte pv_load_nibble(const void *p) {
    uint64_t word = 0;
    __builtin_memcpy(&word, p, PV_LANES / 2);
    return pv_spread(word);
}
PV pv_byte pv_load_nibble_half(const void *p) {
    uint64_t word = 0;
    __builtin_memcpy(&word, p, PV_LANES / 4);
    return pv_spread(word);
}
PV void pv_store_nibble(void *p, pv_byte v) {
    uint64_t word = pv_gather(v);
    __builtin_memcpy(p, &word, PV_LANES / 2);
}
PV void pv_store_nibble_half(void *p, pv_byte v) {
    uint64_t word = pv_gather(v);
    __builtin_memcpy(p, &word, PV_LANES / 4);
}

#define PV_CODE_TYPE(type, unit)                                                          \
    PV pv_float pv_load_##type(const void *p) {                                           \
        return pv_decode_##type(pv_load_##unit(p));                                       \
    }                                                                                     \
    PV pv_float pv_load_half_##type(const void *p) {                                      \
        return pv_decode_##type(pv_load_##unit##_half(p));                                \
    }                                                                                     \
    PV void pv_store_##type(void *p, pv_float v) {                                        \
        pv_store_##unit(p, pv_encode_##type(v));                                          \
    }                                                                                     \
    PV void pv_store_half_##type(void *p, pv_float v) {                                   \
        pv_store_##unit##_half(p, pv_encode_##type(v));                                   \
    }
PV_CODE_TYPE(int8, byte)
PV_CODE_TYPE(float8, byte)
PV_CODE_TYPE(int4, nibble)
PV_CODE_TYPE(float4, nibble)
