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

bool is_any_of_warp(bool value) {
    struct Vote {
        bool value, result;
    } mine = {value, false};
    emulator::collective(&mine, [](void *const *lanes) {
        bool result = false;
        for (int lane = 0; lane < 32; ++lane) result |= ((const Vote *)lanes[lane])->value;
        for (int lane = 0; lane < 32; ++lane) ((Vote *)lanes[lane])->result = result;
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

uint32_t pack_halves(float low, float high) { return half_of(low) | uint32_t(half_of(high)) << 16; }

static uint32_t bfloat_of(float value) {
    const uint32_t bits = bits_of(value);
    return value != value ? 0x7fff : (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
}
uint32_t pack_bfloats(float low, float high) { return bfloat_of(low) | bfloat_of(high) << 16; }

uint32_t permute(uint32_t a, uint32_t b, uint32_t selector) {
    const uint64_t bytes = uint64_t(b) << 32 | a;
    uint32_t result = 0;
    for (int index = 0; index < 4; ++index) {
        result |= uint32_t(bytes >> (selector >> 4 * index & 7) * 8 & 0xff) << 8 * index;
    }
    return result;
}

static float half(uint32_t word, int index) { return float_of_half(uint16_t(word >> 16 * index)); }
static float bfloat(uint32_t word, int index) { return float_of(index ? word & 0xffff0000u : word << 16); }

// A product of two halves, and a sum of those that occur, is exact in a float: one rounding.
uint32_t add_half_pairs(uint32_t a, uint32_t b) {
    return pack_halves(half(a, 0) + half(b, 0), half(a, 1) + half(b, 1));
}
uint32_t multiply_half_pairs(uint32_t a, uint32_t b) {
    return pack_halves(half(a, 0) * half(b, 0), half(a, 1) * half(b, 1));
}
uint32_t multiply_add_half_pairs(uint32_t a, uint32_t b, uint32_t c) {
    return pack_halves(half(a, 0) * half(b, 0) + half(c, 0), half(a, 1) * half(b, 1) + half(c, 1));
}
uint32_t multiply_add_bfloat_pairs(uint32_t a, uint32_t b, uint32_t c) {
    return pack_bfloats(
        bfloat(a, 0) * bfloat(b, 0) + bfloat(c, 0), bfloat(a, 1) * bfloat(b, 1) + bfloat(c, 1));
}

static float float_of_float8(uint32_t code) {
    const uint32_t magnitude = code & 0x7f;
    const float value = magnitude == 0x7f ? NAN : magnitude < 8 ? float(magnitude) * 0x1p-9f
        : std::ldexp(float(8 + magnitude % 8), int(magnitude / 8) - 10);
    return code & 0x80 ? -value : value;
}
uint32_t halves_of_float8(uint16_t codes) {
    return pack_halves(float_of_float8(codes & 0xff), float_of_float8(codes >> 8));
}

namespace {

struct MatrixRow {
    const uint16_t *row;
    uint32_t *words;
};

// Lane l's word of matrix m holds elements (l / 4, 2 * (l % 4)) and the one after it.
template <bool is_transposed> void load(void *const *lanes) {
    for (int matrix = 0; matrix < 4; ++matrix) {
        for (int lane = 0; lane < 32; ++lane) {
            uint16_t elements[2];
            for (int index = 0; index < 2; ++index) {
                const int a = lane / 4, b = lane % 4 * 2 + index;
                const int row = is_transposed ? b : a, column = is_transposed ? a : b;
                elements[index] = ((const MatrixRow *)lanes[matrix * 8 + row])->row[column];
            }
            ((const MatrixRow *)lanes[lane])->words[matrix] = elements[0] | uint32_t(elements[1]) << 16;
        }
    }
}

struct Product {
    float *sums;
    const uint32_t *a;
    uint32_t b[2];
};

template <float (*element)(uint32_t, int)> void multiply(void *const *lanes) {
    float a[16][16], b[16][8];
    for (int lane = 0; lane < 32; ++lane) {
        const Product &product = *(const Product *)lanes[lane];
        const int row = lane / 4, column = lane % 4 * 2;
        for (int index = 0; index < 2; ++index) {
            for (int word = 0; word < 4; ++word) {
                a[row + word % 2 * 8][column + word / 2 * 8 + index] = element(product.a[word], index);
            }
            for (int word = 0; word < 2; ++word) b[column + word * 8 + index][row] = element(product.b[word], index);
        }
    }
    float sums[16][8] = {};
    for (int row = 0; row < 16; ++row) {
        for (int k = 0; k < 16; ++k) {
            for (int column = 0; column < 8; ++column) sums[row][column] += a[row][k] * b[k][column];
        }
    }
    for (int lane = 0; lane < 32; ++lane) {
        const Product &product = *(const Product *)lanes[lane];
        for (int index = 0; index < 4; ++index) {
            product.sums[index] += sums[lane / 4 + index / 2 * 8][lane % 4 * 2 + index % 2];
        }
    }
}

}  // namespace

void load_matrices(uint32_t *words, const void *row) {
    emulator::note_read(row, 16);
    MatrixRow mine = {(const uint16_t *)row, words};
    emulator::collective(&mine, load<false>);
}
void load_matrices_transposed(uint32_t *words, const void *row) {
    emulator::note_read(row, 16);
    MatrixRow mine = {(const uint16_t *)row, words};
    emulator::collective(&mine, load<true>);
}
uint32_t transpose_matrix(uint32_t word) {
    struct Row {
        uint32_t word, result;
    } mine = {word, 0};
    emulator::collective(&mine, [](void *const *lanes) {
        for (int lane = 0; lane < 32; ++lane) {
            for (int index = 0; index < 2; ++index) {
                const int row = lane % 4 * 2 + index, column = lane / 4;
                const uint32_t from = ((const Row *)lanes[row * 4 + column / 2])->word;
                ((Row *)lanes[lane])->result |= (from >> column % 2 * 16 & 0xffff) << index * 16;
            }
        }
    });
    return mine.result;
}
void multiply_halves(float *sums, const uint32_t *a, uint32_t b0, uint32_t b1) {
    Product mine = {sums, a, {b0, b1}};
    emulator::collective(&mine, multiply<half>);
}
void multiply_bfloats(float *sums, const uint32_t *a, uint32_t b0, uint32_t b1) {
    Product mine = {sums, a, {b0, b1}};
    emulator::collective(&mine, multiply<bfloat>);
}

}  // namespace paged
