/* Which instructions this processor and its operating system offer. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/* 0: the architecture's baseline; 3: x86-64-v3 (AVX2, FMA, F16C); 4: x86-64-v4 (AVX-512 F, BW, CD, DQ, VL);
 * 5: the same with AVX512_BF16 and AVX512_VNNI.
 * A level counts only when the operating system saves its registers. */
int paged_processor_level(void);

/* Tells the processor that a loop waits for another thread. */
static inline void paged_processor_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#ifdef __cplusplus
}
#endif
