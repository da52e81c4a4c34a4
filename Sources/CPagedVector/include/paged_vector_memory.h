/* Loads and stores that convert between float32 lanes and the element types in memory.
 * No alignment is assumed. `half` variants touch only the lower half of the lanes; the upper half
 * of a load is zero. Stores round to nearest, ties to even. */
#pragma once

typedef uint16_t pv_short PV_VECTOR(PV_LANES);
typedef uint16_t pv_short_half PV_VECTOR(PV_LANES / 2);
typedef float pv_float_half PV_VECTOR(PV_LANES / 2);
typedef uint32_t pv_uint_half PV_VECTOR(PV_LANES / 2);
typedef _Float16 pv_float16 PV_VECTOR(PV_LANES);

#if PV_LANES == 16
#define PV_LOWER(a) __builtin_shufflevector(a, a, 0, 1, 2, 3, 4, 5, 6, 7)
#define PV_WIDEN(a, z) \
    __builtin_shufflevector(a, z, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
#elif PV_LANES == 8
#define PV_LOWER(a) __builtin_shufflevector(a, a, 0, 1, 2, 3)
#define PV_WIDEN(a, z) __builtin_shufflevector(a, z, 0, 1, 2, 3, 4, 5, 6, 7)
#else
#define PV_LOWER(a) __builtin_shufflevector(a, a, 0, 1)
#define PV_WIDEN(a, z) __builtin_shufflevector(a, z, 0, 1, 2, 3)
#endif

PV pv_short pv_set_short(uint16_t a) { return (pv_short)a; }

/* Bits of binary16 to and from float32. */
PV pv_float pv_widen_float16(pv_short h) {
#if defined(__F16C__) || defined(__aarch64__)
    pv_float16 bits;
    __builtin_memcpy(&bits, &h, sizeof bits);
    return __builtin_convertvector(bits, pv_float);
#else
    pv_uint w = __builtin_convertvector(h, pv_uint);
    pv_uint magnitude = (w & 0x7fff) << 13;
    /* times 2^112: exact, subnormals included; infinities and NaN get all exponent bits back */
    pv_float f = (pv_float)magnitude * (pv_float)5.192296858534828e33f;
    pv_uint special = (pv_uint)(magnitude >= (0x7c00u << 13)) & 0x7f800000u;
    return (pv_float)((pv_uint)f | special | (w & 0x8000) << 16);
#endif
}
PV pv_short pv_narrow_float16(pv_float f) {
#if defined(__F16C__) || defined(__aarch64__)
    pv_float16 h = __builtin_convertvector(f, pv_float16);
    pv_short bits;
    __builtin_memcpy(&bits, &h, sizeof bits);
    return bits;
#else
    pv_uint magnitude = (pv_uint)f & 0x7fffffffu;
    pv_uint sign = ((pv_uint)f >> 16) & 0x8000u;
    /* below 2^-14, adding 0.5 leaves the fraction, rounded, in the low bits */
    pv_uint small = (pv_uint)((pv_float)magnitude + (pv_float)0.5f) - 0x3f000000u;
    pv_uint odd = (magnitude >> 13) & 1;
    pv_uint normal = (magnitude - 0x38000000u + 0xfffu + odd) >> 13;
    pv_uint r = magnitude < 0x38800000u ? small : normal;
    r = magnitude >= 0x477ff000u ? (pv_uint)0x7c00u : r;
    r = magnitude > 0x7f800000u ? (pv_uint)0x7e00u : r;
    return __builtin_convertvector(r | sign, pv_short);
#endif
}

/* Bits of bfloat16 to and from float32. */
PV pv_float pv_widen_bfloat16(pv_short h) {
    return (pv_float)(__builtin_convertvector(h, pv_uint) << 16);
}
PV pv_short pv_narrow_bfloat16(pv_float f) {
    pv_uint bits = (pv_uint)f;
    pv_uint r = (bits + 0x7fffu + ((bits >> 16) & 1)) >> 16;
    r = (bits & 0x7fffffffu) > 0x7f800000u ? (pv_uint)0x7fc0u : r;
    return __builtin_convertvector(r, pv_short);
}

PV pv_float pv_load(const void *p) {
    pv_float r;
    __builtin_memcpy(&r, p, sizeof r);
    return r;
}
PV void pv_store(void *p, pv_float v) { __builtin_memcpy(p, &v, sizeof v); }
PV pv_float pv_load_half(const void *p) {
    pv_float_half r;
    __builtin_memcpy(&r, p, sizeof r);
    return PV_WIDEN(r, (pv_float_half)0.0f);
}
PV void pv_store_half(void *p, pv_float v) {
    pv_float_half r = PV_LOWER(v);
    __builtin_memcpy(p, &r, sizeof r);
}
PV pv_short pv_load_short(const void *p) {
    pv_short r;
    __builtin_memcpy(&r, p, sizeof r);
    return r;
}
PV pv_short pv_load_short_half(const void *p) {
    pv_short_half r;
    __builtin_memcpy(&r, p, sizeof r);
    return PV_WIDEN(r, (pv_short_half)0);
}

/* The same for the 16-bit types. */
#define PV_SHORT_TYPE(type)                                                              \
    PV pv_float pv_load_##type(const void *p) { return pv_widen_##type(pv_load_short(p)); } \
    PV pv_float pv_load_half_##type(const void *p) {                                     \
        return pv_widen_##type(pv_load_short_half(p));                                   \
    }                                                                                    \
    PV void pv_store_##type(void *p, pv_float v) {                                       \
        pv_short r = pv_narrow_##type(v);                                                \
        __builtin_memcpy(p, &r, sizeof r);                                               \
    }                                                                                    \
    PV void pv_store_half_##type(void *p, pv_float v) {                                  \
        pv_short_half r = PV_LOWER(pv_narrow_##type(v));                                 \
        __builtin_memcpy(p, &r, sizeof r);                                               \
    }
PV_SHORT_TYPE(float16)
PV_SHORT_TYPE(bfloat16)

/* A vector holds `rows` rows, a power of two up to the lanes: store each at its own place. */
PV void pv_store_rows(void *p, long stride, int rows, pv_float v) {
    for (int row = 0; row < rows; ++row)
        __builtin_memcpy((char *)p + row * stride, (const char *)&v + row * (long)sizeof v / rows,
                         sizeof v / (unsigned)rows);
}

/* One lane of memory in every lane. */
PV pv_float pv_load_lane(const void *p) {
    float a;
    __builtin_memcpy(&a, p, sizeof a);
    return (pv_float)a;
}

/* Four lanes of memory in every quarter. */
typedef float pv_quarter PV_VECTOR(4);
PV pv_float pv_load_quarter(const void *p) {
    pv_quarter q;
    __builtin_memcpy(&q, p, sizeof q);
#if PV_LANES == 16
    return __builtin_shufflevector(q, q, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
#elif PV_LANES == 8
    return __builtin_shufflevector(q, q, 0, 1, 2, 3, 0, 1, 2, 3);
#else
    return q;
#endif
}

/* Transposes as many vectors as a vector has quarters: the results, `stride` bytes apart, are the first quarters of
 * all, the second ones, ... */
PV void pv_store_transposed(void *p, long stride, pv_float a, pv_float b, pv_float c, pv_float d) {
    char *q = (char *)p;
#if PV_LANES == 16
    pv_float e = __builtin_shufflevector(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    pv_float f = __builtin_shufflevector(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
    pv_float g = __builtin_shufflevector(c, d, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
    pv_float h = __builtin_shufflevector(c, d, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
    pv_store(q, __builtin_shufflevector(e, g, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
    pv_store(q + stride, __builtin_shufflevector(e, g, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31));
    pv_store(q + 2 * stride, __builtin_shufflevector(f, h, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
    pv_store(q + 3 * stride, __builtin_shufflevector(f, h, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31));
#elif PV_LANES == 8
    pv_store(q, __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11));
    pv_store(q + stride, __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15));
#else
    pv_store(q, a);
#endif
}
