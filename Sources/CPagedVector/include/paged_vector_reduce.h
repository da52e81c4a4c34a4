/* Sums and maxima across lanes.
 *
 * A product of a query and a key leaves a partial sum in every lane. They are added in one tree, however many
 * products are summed at a time:
 *
 *     1. quarters of four lanes, element by element: (q0 + q1) + (q2 + q3); none on four lanes
 *     2. within what is left: (x0 + x2) + (x1 + x3)
 *
 * The pair operations do a round for two vectors at once and leave half of a vector for each. */
#pragma once

#define PV_TWO(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)

/* Round 2 for two vectors at a time, in two halves. */
#if PV_LANES == 16
#define PV_HALVES(a, b)                                                          \
    (PV_TWO(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29) +    \
     PV_TWO(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31))
#define PV_ONES(a, b)                                                            \
    (PV_TWO(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29) +    \
     PV_TWO(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31))
#elif PV_LANES == 8
#define PV_HALVES(a, b) (PV_TWO(a, b, 0, 8, 1, 9, 4, 12, 5, 13) + PV_TWO(a, b, 2, 10, 3, 11, 6, 14, 7, 15))
#define PV_ONES(a, b) (PV_TWO(a, b, 0, 1, 8, 9, 4, 5, 12, 13) + PV_TWO(a, b, 2, 3, 10, 11, 6, 7, 14, 15))
#else
#define PV_HALVES(a, b) (PV_TWO(a, b, 0, 4, 1, 5) + PV_TWO(a, b, 2, 6, 3, 7))
#define PV_ONES(a, b) (PV_TWO(a, b, 0, 1, 4, 5) + PV_TWO(a, b, 2, 3, 6, 7))
#endif
/* Round 1 for two vectors: their quarters' neighbours are added. */
#if PV_LANES == 16
#define PV_NEIGHBOURS(a, b)                                                      \
    (PV_TWO(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27) +    \
     PV_TWO(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31))
#elif PV_LANES == 8
#define PV_NEIGHBOURS(a, b) (PV_TWO(a, b, 0, 1, 2, 3, 8, 9, 10, 11) + PV_TWO(a, b, 4, 5, 6, 7, 12, 13, 14, 15))
#endif

/* For sums of float32 and of integers:
 *
 *     sums_of_quarters  round 2 for four vectors: element n of quarter q of the result is the sum of quarter q of vector n
 *     quarter_sums      round 1: quarter q of the result is the sum of the quarters of vector q; on eight lanes of a and b */
#define PV_TREE(prefix, type)                                                                \
    PV type prefix##_sums_of_quarters(type a, type b, type c, type d) {                      \
        type ab = PV_HALVES(a, b), cd = PV_HALVES(c, d);                                     \
        return PV_ONES(ab, cd);                                                              \
    }                                                                                        \
    PV type prefix##_quarter_sums(type a, type b, type c, type d) { PV_ROUND_1(type) }
#if PV_LANES == 16
#define PV_ROUND_1(type)                                        \
    type ab = PV_NEIGHBOURS(a, b), cd = PV_NEIGHBOURS(c, d);    \
    return PV_NEIGHBOURS(ab, cd);
#elif PV_LANES == 8
#define PV_ROUND_1(type) return (void)c, (void)d, PV_NEIGHBOURS(a, b);
#else
#define PV_ROUND_1(type) return (void)b, (void)c, (void)d, a;
#endif
PV_TREE(pv, pv_float)
PV_TREE(pv_int, pv_int)
PV pv_float pv_integer_quarter_sums(pv_float a, pv_float b, pv_float c, pv_float d) {
    return (pv_float)pv_int_quarter_sums((pv_int)a, (pv_int)b, (pv_int)c, (pv_int)d);
}
/* As float32. */
PV pv_float pv_integer_sums_of_quarters(pv_float a, pv_float b, pv_float c, pv_float d) {
    pv_int sums = pv_int_sums_of_quarters((pv_int)a, (pv_int)b, (pv_int)c, (pv_int)d);
    return __builtin_convertvector(sums, pv_float);
}

/* The sum and the largest of all lanes. */
PV float pv_sum(pv_float a) {
#if PV_LANES == 16
    a = a + PV_TWO(a, a, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
    a = a + PV_TWO(a, a, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
#elif PV_LANES == 8
    a = a + PV_TWO(a, a, 4, 5, 6, 7, 0, 1, 2, 3);
#endif
    return (a[0] + a[2]) + (a[1] + a[3]);
}
PV float pv_largest(pv_float a) {
#if PV_LANES == 16
    a = pv_maximum(a, PV_TWO(a, a, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    a = pv_maximum(a, PV_TWO(a, a, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
#elif PV_LANES == 8
    a = pv_maximum(a, PV_TWO(a, a, 4, 5, 6, 7, 0, 1, 2, 3));
#endif
    float b = a[0] > a[1] ? a[0] : a[1], c = a[2] > a[3] ? a[2] : a[3];
    return b > c ? b : c;
}

/* The first lane. */
PV float pv_first(pv_float a) { return a[0]; }
