// The kernels themselves, compiled for the emulator.
#include "emulated.hpp"

#include "../../Sources/CPagedCUDA/Kernels/prologue.cu"

#include "../../Sources/CPagedCUDA/Kernels/portable.cu"

#include "../../Sources/CPagedCUDA/Kernels/decode.cu"

#include "../../Sources/CPagedCUDA/Kernels/prompt.cu"

#include "../../Sources/CPagedCUDA/Kernels/latent.cu"

#include "../../Sources/CPagedCUDA/Kernels/hopper_prompt.cu"

#include "../../Sources/CPagedCUDA/Kernels/math.cu"

#include "../../Sources/CPagedCUDA/Kernels/small_prompt.cu"

#include "../../Sources/CPagedCUDA/Kernels/sparse.cu"

#include "paged_cuda_emulator.h"

int paged_emulator_float8_differences(void) {
    int count = 0;
    for (uint32_t code = 0; code < 4 * 256; ++code) {
        const uint32_t word = code / 4 << 8 * (code % 4);
        uint32_t one[2], other[2];
        paged::CodePairs<paged::Float8>::decode(word, one);
        paged::CodePairs<paged::Float8>::decode_by_shifts(word, other);
        for (int half = 0; half < 4; ++half) {
            const uint32_t a = one[half / 2] >> half % 2 * 16 & 0xffff, b = other[half / 2] >> half % 2 * 16 & 0xffff;
            const bool are_nan = (a & 0x7fff) > 0x7c00 && (b & 0x7fff) > 0x7c00;
            count += a != b && !are_nan;
        }
    }
    return count;
}
