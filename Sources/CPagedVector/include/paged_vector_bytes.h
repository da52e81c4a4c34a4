/* Products of bytes: 4-bit codes of weights, from 0 to 15, with signed 8-bit numbers of activations.
 *
 * Each lane is a column of weights, and holds four codes of its column; the activations that they are multiplied with are the
 * same in all lanes. Up to 8 vectors may be added to one sum; without an instruction that adds four products, they fit in
 * two sums of 16 bits a lane. Sums are integers in the bits of float lanes, and exact. */
#pragma once

/* What the first vector is added to, where it starts from a 32-bit integer a lane. */
PV pv_float pv_begin_bytes(pv_float start) {
#if defined(__AVX512VNNI__) && PV_LANES == 16
    return start;
#else
    return (void)start, (pv_float)0.0f;
#endif
}
/* `sum` plus the four products of each lane. */
PV pv_float pv_add_bytes(pv_float codes, pv_float numbers, pv_float sum) {
#if defined(__AVX512VNNI__) && PV_LANES == 16
    typedef int lanes __attribute__((vector_size(64)));
    return (pv_float)__builtin_ia32_vpdpbusd512((lanes)sum, (lanes)codes, (lanes)numbers);
#elif defined(__AVX512BW__) && PV_LANES == 16
    typedef char bytes __attribute__((vector_size(64)));
    return (pv_float)((pv_whole)sum + (pv_whole)__builtin_ia32_pmaddubsw512((bytes)codes, (bytes)numbers));
#elif defined(__AVX2__) && PV_LANES == 8
    typedef char bytes __attribute__((vector_size(32)));
    return (pv_float)((pv_whole)sum + (pv_whole)__builtin_ia32_pmaddubsw256((bytes)codes, (bytes)numbers));
#else
    pv_whole a = (pv_whole)codes, b = (pv_whole)numbers;
    return (pv_float)((pv_whole)sum + (a & 15) * (b << 8 >> 8) + (a >> 8) * (b >> 8));
#endif
}
/* The sum of all lanes' products and the start, as float32. */
PV pv_float pv_end_bytes(pv_float sum, pv_float start) {
#if defined(__AVX512VNNI__) && PV_LANES == 16
    return (void)start, pv_from_integers(sum);
#else
    return pv_from_integers(pv_add_integers(sum, (pv_float)((pv_whole)(int16_t)1), start));
#endif
}

/* The codes of the first and of the second halves of bytes. */
PV pv_float pv_lower_codes(pv_float a) { return (pv_float)((pv_uint)a & 0x0f0f0f0fu); }
PV pv_float pv_upper_codes(pv_float a) { return (pv_float)((pv_uint)a >> 4 & 0x0f0f0f0fu); }

/* 16 bytes of every fourth column from `first` on, at the same offset: a quarter for each. */
PV pv_float pv_load_columns(const void *const *columns, long first, long offset) {
    pv_float r;
    for (int quarter = 0; quarter < PV_LANES / 4; ++quarter)
        __builtin_memcpy((char *)&r + 16 * quarter, (const char *)columns[4 * quarter + first] + offset, 16);
    return r;
}
/* The same of 8 bytes, as 16-bit elements. */
PV pv_short pv_load_short_columns(const void *const *columns, long first, long offset) {
    pv_short r;
    for (int quarter = 0; quarter < PV_LANES / 4; ++quarter)
        __builtin_memcpy((char *)&r + 8 * quarter, (const char *)columns[4 * quarter + first] + offset, 8);
    return r;
}
/* 4 bytes of every column at the same offset, as the column's lane; and code `index` of each lane's 8. */
PV pv_float pv_load_words(const void *const *columns, long offset) {
    pv_float r;
    for (int lane = 0; lane < PV_LANES; ++lane)
        __builtin_memcpy((char *)&r + 4 * lane, (const char *)columns[lane] + offset, 4);
    return r;
}
PV pv_float pv_code_of_word(pv_float words, long index) {
    return (pv_float)((pv_uint)words >> (uint32_t)(4 * index) & 15);
}
/* Of what is loaded of the columns from 0, 1, 2 and 3 on, word `word` of each column in the column's lane. */
PV pv_float pv_column_words(pv_float a, pv_float b, pv_float c, pv_float d, long word) {
#if PV_LANES == 16
#define PV_INTERLEAVE(x, y, n)                                                                                   \
    __builtin_shufflevector(x, y, n, n + 16, n + 1, n + 17, n + 4, n + 20, n + 5, n + 21, n + 8, n + 24, n + 9, \
                            n + 25, n + 12, n + 28, n + 13, n + 29)
#define PV_JOIN(x, y, n)                                                                                          \
    __builtin_shufflevector(x, y, n, n + 1, n + 16, n + 17, n + 4, n + 5, n + 20, n + 21, n + 8, n + 9, n + 24, \
                            n + 25, n + 12, n + 13, n + 28, n + 29)
#elif PV_LANES == 8
#define PV_INTERLEAVE(x, y, n) \
    __builtin_shufflevector(x, y, n, n + 8, n + 1, n + 9, n + 4, n + 12, n + 5, n + 13)
#define PV_JOIN(x, y, n) \
    __builtin_shufflevector(x, y, n, n + 1, n + 8, n + 9, n + 4, n + 5, n + 12, n + 13)
#else
#define PV_INTERLEAVE(x, y, n) __builtin_shufflevector(x, y, n, n + 4, n + 1, n + 5)
#define PV_JOIN(x, y, n) __builtin_shufflevector(x, y, n, n + 1, n + 4, n + 5)
#endif
    switch (word) {
    case 0: return PV_JOIN(PV_INTERLEAVE(a, b, 0), PV_INTERLEAVE(c, d, 0), 0);
    case 1: return PV_JOIN(PV_INTERLEAVE(a, b, 0), PV_INTERLEAVE(c, d, 0), 2);
    case 2: return PV_JOIN(PV_INTERLEAVE(a, b, 2), PV_INTERLEAVE(c, d, 2), 0);
    default: return PV_JOIN(PV_INTERLEAVE(a, b, 2), PV_INTERLEAVE(c, d, 2), 2);
    }
}

/* Stores whole numbers of two vectors of neighbouring channels as bytes: those of even channels, and those of odd ones. */
PV void pv_store_split_bytes(void *even, void *odd, pv_float a, pv_float b) {
#if PV_LANES == 16
    pv_float e = PV_TWO(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    pv_float o = PV_TWO(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
#elif PV_LANES == 8
    pv_float e = PV_TWO(a, b, 0, 2, 4, 6, 8, 10, 12, 14), o = PV_TWO(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
#else
    pv_float e = PV_TWO(a, b, 0, 2, 4, 6), o = PV_TWO(a, b, 1, 3, 5, 7);
#endif
    pv_store_byte(even, (pv_byte)__builtin_convertvector(__builtin_convertvector(e, pv_int), pv_signed_byte));
    pv_store_byte(odd, (pv_byte)__builtin_convertvector(__builtin_convertvector(o, pv_int), pv_signed_byte));
}
