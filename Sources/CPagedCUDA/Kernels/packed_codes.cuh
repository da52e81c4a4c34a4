// Codes to elements in a few instructions for a pair, for the kernels on tensor cores; the same numbers as in codes.cuh.
//
// Integers become the low bits of a fraction whose exponent makes their unit 1, and the offset is subtracted. Small
// floating point numbers keep their bits, moved to where an element has them, and a power of two makes up for the
// exponent's bias. All of it is exact.
#pragma once
#include "codes.cuh"

namespace paged {

// Codes 2 * pair and the next one of a chunk of eight 4-bit codes, each in a half of a word.
PAGED_DEVICE u32 spread_nibbles(u32 codes, int pair) {
    const u32 low = codes >> 8 * pair;
    return (low & 0xfu) | (low & 0xf0u) << 12;
}
// The same for 8-bit codes, in the upper byte of each half.
PAGED_DEVICE u32 spread_bytes(const u32 *codes, int pair) {
    return permute(codes[pair / 2], 0, pair % 2 == 0 ? 0x1404 : 0x3424);
}

template <class Element, class Cache> struct Packed;

template <class Element, class Cache, class Self> struct PackedPairs {
    static PAGED_DEVICE Chunk decode(const CodeChunk<Cache::chunk_bytes> &codes) {
        Chunk chunk;
        PAGED_UNROLL
        for (int pair = 0; pair < 4; ++pair) chunk.pairs[pair] = Self::pair_of(codes.words, pair);
        return chunk;
    }
};

// Bytes with their sign changed are 0 to 255: 1024 + byte is a half with a unit of 1.
template <> struct Packed<Float16, Int8> : PackedPairs<Float16, Int8, Packed<Float16, Int8>> {
    static PAGED_DEVICE u32 pair_of(const u32 *codes, int pair) {
        const u32 bytes = codes[pair / 2] ^ 0x80808080u;
        return add_half_pairs(permute(bytes, 0x64646464u, pair % 2 == 0 ? 0x4140 : 0x4342), 0xe480e480u);
    }
};

// bfloat16 has too few bits for that, a float has enough: 2^23 + byte.
template <> struct Packed<BFloat16, Int8> : PackedPairs<BFloat16, Int8, Packed<BFloat16, Int8>> {
    static PAGED_DEVICE u32 pair_of(const u32 *codes, int pair) {
        const u32 bytes = codes[pair / 2] ^ 0x80808080u;
        const float low = float_of(permute(bytes, 0x4b000000u, pair % 2 == 0 ? 0x7650 : 0x7652)) - 8388736.0f;
        const float high = float_of(permute(bytes, 0x4b000000u, pair % 2 == 0 ? 0x7651 : 0x7653)) - 8388736.0f;
        return permute(bits_of(low), bits_of(high), 0x7632);
    }
};

// Whether a word has an 8-bit floating point code that is no number.
PAGED_DEVICE bool has_no_number(u32 codes) { return ((codes & 0x7f7f7f7fu) + 0x01010101u & 0x80808080u) != 0; }

template <class Element> struct PackedFloat8 : PackedPairs<Element, Float8, Packed<Element, Float8>> {
    static PAGED_DEVICE Chunk decode(const CodeChunk<8> &codes) {
        if (has_no_number(codes.words[0]) || has_no_number(codes.words[1])) return paged::decode<Element, Float8>(codes);
        return PackedPairs<Element, Float8, Packed<Element, Float8>>::decode(codes);
    }
};
template <> struct Packed<Float16, Float8> : PackedFloat8<Float16> {
    static PAGED_DEVICE u32 pair_of(const u32 *codes, int pair) {
        const u32 bytes = spread_bytes(codes, pair);
        return multiply_half_pairs((bytes & 0x80008000u) | (bytes & 0x7f007f00u) >> 1, 0x5c005c00u);
    }
};
template <> struct Packed<Float16, Int4> : PackedPairs<Float16, Int4, Packed<Float16, Int4>> {
    static PAGED_DEVICE u32 pair_of(const u32 *codes, int pair) {
        return add_half_pairs(spread_nibbles(codes[0], pair) | 0x64006400u, 0xe408e408u);
    }
};
template <> struct Packed<Float16, Float4> : PackedPairs<Float16, Float4, Packed<Float16, Float4>> {
    static PAGED_DEVICE u32 pair_of(const u32 *codes, int pair) {
        const u32 nibbles = spread_nibbles(codes[0], pair);
        return multiply_half_pairs((nibbles & 0x00080008u) << 12 | (nibbles & 0x00070007u) << 9, 0x74007400u);
    }
};

#if PAGED_ARCHITECTURE >= 800
constexpr u32 minus_zeros = 0x80008000u;

template <> struct Packed<BFloat16, Float8> : PackedFloat8<BFloat16> {
    static PAGED_DEVICE u32 pair_of(const u32 *codes, int pair) {
        const u32 bytes = spread_bytes(codes, pair);
        return multiply_add_bfloat_pairs(
            (bytes & 0x80008000u) | (bytes & 0x7f007f00u) >> 4, 0x7b807b80u, minus_zeros);
    }
};
template <> struct Packed<BFloat16, Int4> : PackedPairs<BFloat16, Int4, Packed<BFloat16, Int4>> {
    static PAGED_DEVICE u32 pair_of(const u32 *codes, int pair) {
        return multiply_add_bfloat_pairs(spread_nibbles(codes[0], pair) | 0x43004300u, 0x3f803f80u, 0xc308c308u);
    }
};
template <> struct Packed<BFloat16, Float4> : PackedPairs<BFloat16, Float4, Packed<BFloat16, Float4>> {
    static PAGED_DEVICE u32 pair_of(const u32 *codes, int pair) {
        const u32 nibbles = spread_nibbles(codes[0], pair);
        return multiply_add_bfloat_pairs(
            (nibbles & 0x00080008u) << 12 | (nibbles & 0x00070007u) << 6, 0x7e807e80u, minus_zeros);
    }
};
#endif

}  // namespace paged
