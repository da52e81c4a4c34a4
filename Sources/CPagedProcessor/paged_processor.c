#include "paged_processor.h"

#if defined(__x86_64__)
#include <cpuid.h>

/* Bits of extended control register 0: the register state that the operating system saves. */
enum { SAVES_YMM = 0x06, SAVES_ZMM = 0xe6 };

static unsigned saved_state(void) {
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    (void)high;
    return low;
}

int paged_processor_level(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE)) return 0;
    unsigned state = saved_state();
    unsigned first = bit_FMA | bit_AVX | bit_F16C | bit_MOVBE | bit_POPCNT;
    if ((state & SAVES_YMM) != SAVES_YMM || (c & first) != first) return 0;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
    unsigned extended = b, vector = c;
    unsigned second = bit_AVX2 | bit_BMI | bit_BMI2;
    if ((extended & second) != second) return 0;
    if (!__get_cpuid(0x80000001, &a, &b, &c, &d) || !(c & bit_LZCNT)) return 0;
    unsigned third = bit_AVX512F | bit_AVX512BW | bit_AVX512CD | bit_AVX512DQ | bit_AVX512VL;
    if ((state & SAVES_ZMM) != SAVES_ZMM || (extended & third) != third) return 3;
    if (!(vector & bit_AVX512VNNI)) return 4;
    return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & bit_AVX512BF16) ? 5 : 4;
}
#else
int paged_processor_level(void) { return 0; }
#endif
