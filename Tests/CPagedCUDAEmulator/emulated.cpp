#include "emulated.hpp"

namespace paged {

uint32_t emulator::exchange(uint32_t value, int source) {
    Exchange mine = {value, 0, source & 31};
    collective(&mine, [](void *const *lanes) {
        for (int lane = 0; lane < 32; ++lane) {
            Exchange &to = *(Exchange *)lanes[lane];
            to.result = ((const Exchange *)lanes[to.source])->value;
        }
    });
    return mine.result;
}

// In integers, so that the processor needs no instruction for halves.
float float_of_half(uint16_t bits) {
    const uint32_t magnitude = bits & 0x7fff, sign = uint32_t(bits & 0x8000) << 16;
    if (magnitude >= 0x7c00) return float_of(sign | 0x7f800000u | magnitude << 13);
    return float_of(sign | bits_of(float_of(magnitude << 13) * 0x1p112f));
}

uint16_t half_of(float value) {
    const uint32_t bits = bits_of(value), magnitude = bits & 0x7fffffffu;
    const uint16_t sign = uint16_t(bits >> 16 & 0x8000);
    if (magnitude > 0x7f800000u) return 0x7fff;
    if (magnitude >= 0x477ff000u) return sign | 0x7c00;
    if (magnitude < 0x38800000u) return sign | uint16_t(std::rint(float_of(magnitude) * 0x1p24f));
    return sign | uint16_t((magnitude + 0xfff + (magnitude >> 13 & 1) - 0x38000000u) >> 13);
}

}  // namespace paged
