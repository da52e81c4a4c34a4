// Words as tensor cores read them, in registers: codes become pairs of elements there.
//
// A word of `2 * pairs` codes gives pair i of codes i and i + pairs: the low and the high half of a word are turned at once.
// Codes are exact as halves, so they are halves for queries of every type: see DecodeQueries.
#pragma once
#include "packed_codes.cuh"

namespace paged {

template <class Cache> struct CodePairs;

template <> struct CodePairs<Values> {
    static constexpr int pairs = 1;
    static constexpr float unit = 1;  // that the elements have to be multiplied with
    static PAGED_DEVICE void decode(u32 word, u32 *elements) { elements[0] = word; }
};

// Bytes with their sign changed are 0 to 255: 1024 + byte is a half with a unit of 1.
template <> struct CodePairs<Int8> {
    static constexpr int pairs = 2;
    static constexpr float unit = 1;
    static PAGED_DEVICE void decode(u32 word, u32 *elements) {
        PAGED_UNROLL
        for (int pair = 0; pair < 2; ++pair) {
            elements[pair] = add_half_pairs(and_xor(word >> 8 * pair, 0x00ff00ffu, 0x64806480u), 0xe480e480u);
        }
    }
};

template <> struct CodePairs<Int4> {
    static constexpr int pairs = 4;
    static constexpr float unit = 1;
    // The upper one of two neighbouring codes is where it has a unit of 16.
    static PAGED_DEVICE void decode(u32 word, u32 *elements) {
        PAGED_UNROLL
        for (int pair = 0; pair < 4; pair += 2) {
            const u32 codes = word >> 4 * pair;
            elements[pair] = add_half_pairs(and_xor(codes, 0x000f000fu, 0x64006400u), 0xe408e408u);
            elements[pair + 1] = multiply_add_half_pairs(and_xor(codes, 0x00f000f0u, 0x64006400u), 0x2c002c00u, 0xd480d480u);
        }
    }
};

template <> struct CodePairs<Float8> {
    static constexpr int pairs = 2;
    static constexpr float unit = 1;
    static PAGED_DEVICE void decode(u32 word, u32 *elements) {
#if PAGED_ARCHITECTURE >= 890
        const u32 ordered = permute(word, 0, 0x3120);
        elements[0] = halves_of_float8(u16(ordered));
        elements[1] = halves_of_float8(u16(ordered >> 16));
#else
        decode_by_shifts(word, elements);
#endif
    }
    // Without an instruction for it: a half has the same bits elsewhere, and NaN is put right where there is one.
    static PAGED_DEVICE void decode_by_shifts(u32 word, u32 *elements) {
        elements[0] = multiply_half_pairs((word << 8 & 0x80008000u) | (word << 7 & 0x3f803f80u), 0x5c005c00u);
        elements[1] = multiply_half_pairs((word & 0x80008000u) | (word >> 1 & 0x3f803f80u), 0x5c005c00u);
        if (!has_no_number(word)) return;
        PAGED_UNROLL
        for (int code = 0; code < 4; ++code) {
            if ((word >> 8 * code & 0x7f) == 0x7f) elements[code & 1] |= 0x7fffu << 16 * (code >> 1);
        }
    }
};

// The upper byte of a half has the same bits elsewhere, and a greater bias of the exponent: all of them are 2^14 too small.
template <> struct CodePairs<Float4> {
    static constexpr int pairs = 4;
    static constexpr float unit = 16384;
    static PAGED_DEVICE void decode(u32 word, u32 *elements) {
        const u32 even = (word << 4 & 0x80808080u) | (word << 1 & 0x0e0e0e0eu);
        const u32 odd = (word & 0x80808080u) | (word >> 3 & 0x0e0e0e0eu);
        elements[0] = permute(even, 0, 0x2404);
        elements[1] = permute(odd, 0, 0x2404);
        elements[2] = even & 0xff00ff00u;
        elements[3] = odd & 0xff00ff00u;
    }
};

}  // namespace paged
