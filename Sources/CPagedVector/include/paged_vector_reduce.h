/* Sums and maxima across lanes.
 *
 * The pair operations take two vectors of partial sums and halve the partial sums that each value
 * has: three (two on four lanes, four on sixteen) rounds turn as many vectors as there are lanes
 * into one vector of their sums. Every vector is summed in the same tree of additions, so a sum
 * does not depend on its neighbours:
 *
 *     round 1, lanes 2 apart:  a0+a2 b0+b2 a1+a3 b1+b3 | a4+a6 b4+b6 ...
 *     round 2, lanes 1 apart:  a b c d of lanes 0-3    | a b c d of lanes 4-7 ...
 *     rounds 3 and 4:          quarters added pairwise */
#pragma once

#if PV_LANES == 16
#define PV_TWO(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
PV pv_float pv_pair1(pv_float a, pv_float b) {
    return PV_TWO(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29) +
           PV_TWO(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
}
PV pv_float pv_pair2(pv_float a, pv_float b) {
    return PV_TWO(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29) +
           PV_TWO(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
}
PV pv_float pv_pair3(pv_float a, pv_float b) {
    return PV_TWO(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27) +
           PV_TWO(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
}
PV float pv_sum(pv_float a) {
    pv_float b = a + PV_TWO(a, a, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
    b = b + PV_TWO(b, b, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
    return (b[0] + b[2]) + (b[1] + b[3]);
}
PV float pv_largest(pv_float a) {
    pv_float b =
        pv_maximum(a, PV_TWO(a, a, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    b = pv_maximum(b, PV_TWO(b, b, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
    b = pv_maximum(b, PV_TWO(b, b, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
    return b[0] > b[1] ? b[0] : b[1];
}
#elif PV_LANES == 8
#define PV_TWO(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
PV pv_float pv_pair1(pv_float a, pv_float b) {
    return PV_TWO(a, b, 0, 8, 1, 9, 4, 12, 5, 13) + PV_TWO(a, b, 2, 10, 3, 11, 6, 14, 7, 15);
}
PV pv_float pv_pair2(pv_float a, pv_float b) {
    return PV_TWO(a, b, 0, 1, 8, 9, 4, 5, 12, 13) + PV_TWO(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
}
PV pv_float pv_pair3(pv_float a, pv_float b) {
    return PV_TWO(a, b, 0, 1, 2, 3, 8, 9, 10, 11) + PV_TWO(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
}
PV float pv_sum(pv_float a) {
    pv_float b = a + PV_TWO(a, a, 4, 5, 6, 7, 0, 1, 2, 3);
    return (b[0] + b[2]) + (b[1] + b[3]);
}
PV float pv_largest(pv_float a) {
    pv_float b = pv_maximum(a, PV_TWO(a, a, 4, 5, 6, 7, 0, 1, 2, 3));
    b = pv_maximum(b, PV_TWO(b, b, 2, 3, 0, 1, 6, 7, 4, 5));
    return b[0] > b[1] ? b[0] : b[1];
}
#else
#define PV_TWO(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
PV pv_float pv_pair1(pv_float a, pv_float b) {
    return PV_TWO(a, b, 0, 4, 1, 5) + PV_TWO(a, b, 2, 6, 3, 7);
}
PV pv_float pv_pair2(pv_float a, pv_float b) {
    return PV_TWO(a, b, 0, 1, 4, 5) + PV_TWO(a, b, 2, 3, 6, 7);
}
/* Four lanes have two rounds; this only lets code for all widths compile. */
PV pv_float pv_pair3(pv_float a, pv_float b) { return (void)b, a; }
PV float pv_sum(pv_float a) { return (a[0] + a[2]) + (a[1] + a[3]); }
PV float pv_largest(pv_float a) {
    float b = a[0] > a[1] ? a[0] : a[1], c = a[2] > a[3] ? a[2] : a[3];
    return b > c ? b : c;
}
#endif

/* The first lane. */
PV float pv_first(pv_float a) { return a[0]; }
