// The codes of a quantised cache, eight channels at a time, and a cache of values under the same names.
//
// A code is a number divided by its scale. Every code is exact in both 16-bit types, so tiles hold codes as elements and
// the scales are applied elsewhere: to queries for keys, to sums for values. Numbers beyond the range saturate, ties go
// to even, NaN becomes the lowest integer or the largest floating point number.
#pragma once
#include "elements.cuh"

namespace paged {

// A floating point code of 1 sign bit, exponent bits and `fraction` bits, without infinities.
template <int fraction, int bias> PAGED_DEVICE u32 small_float_of(float value, float largest) {
    const float below = value < largest ? value : largest;
    const float clamped = below > -largest ? below : -largest;
    const u32 bits = bits_of(clamped), magnitude = bits & 0x7fffffffu;
    const u32 sign = bits >> 31;
    constexpr int shift = 23 - fraction;
    u32 code;
    if (magnitude < u32(128 - bias) << 23) {  // below the least normal number: multiples of the least number
        code = u32(nearest(float_of(magnitude) * float(1 << (bias - 1 + fraction))));
    } else {  // a fraction that rounds up to two carries into the exponent by itself
        code = ((magnitude + (1u << (shift - 1)) - 1 + (magnitude >> shift & 1)) >> shift) - (u32(127 - bias) << fraction);
    }
    return code | sign << (fraction == 3 ? 7 : 3);
}

// The same number as a float: the exponent's bias is put right by a product, which is exact.
template <int fraction, int bias> PAGED_DEVICE float float_of_small(u32 code) {
    constexpr int sign = fraction == 3 ? 7 : 3;
    const u32 magnitude = code & ((1u << sign) - 1);
    if (fraction == 3 && magnitude == 0x7f) return float_of(0x7fc00000u);
    const float scaled = float_of(magnitude << (23 - fraction)) * float_of(u32(254 - bias) << 23);
    return float_of(bits_of(scaled) | code >> sign << 31);
}

PAGED_DEVICE int integer_of(float value, float lowest, float highest) {
    const float above = value > lowest ? value : lowest;
    return int(nearest(above < highest ? above : highest));
}

// Eight channels of a cache of values.
struct Values {
    static constexpr bool is_quantised = false;
    static constexpr bool has_no_numbers = true;  // infinities and NaN
    static constexpr int chunk_bytes = 16;
};

struct Int8 {
    static constexpr bool is_quantised = true;
    static constexpr bool has_no_numbers = false;
    static constexpr int chunk_bytes = 8;
    static PAGED_DEVICE u32 store(float value) { return u32(integer_of(value, -128.0f, 127.0f)) & 0xff; }
    static PAGED_DEVICE float load(u32 code) { return float(int(code << 24) >> 24); }
};

struct Float8 {
    static constexpr bool is_quantised = true;
    static constexpr bool has_no_numbers = true;
    static constexpr int chunk_bytes = 8;
    static PAGED_DEVICE u32 store(float value) { return small_float_of<3, 7>(value, 448.0f); }
    static PAGED_DEVICE float load(u32 code) { return float_of_small<3, 7>(code); }
};

struct Int4 {
    static constexpr bool is_quantised = true;
    static constexpr bool has_no_numbers = false;
    static constexpr int chunk_bytes = 4;
    static PAGED_DEVICE u32 store(float value) { return u32(integer_of(value, -8.0f, 7.0f) + 8); }
    static PAGED_DEVICE float load(u32 code) { return float(int(code) - 8); }
};

struct Float4 {
    static constexpr bool is_quantised = true;
    static constexpr bool has_no_numbers = false;
    static constexpr int chunk_bytes = 4;
    static PAGED_DEVICE u32 store(float value) { return small_float_of<1, 1>(value, 6.0f); }
    static PAGED_DEVICE float load(u32 code) { return float_of_small<1, 1>(code); }
};

// The bytes of a chunk in the cache.
template <int bytes> struct alignas(bytes) CodeChunk {
    u32 words[bytes / 4];
};

// The value of code `index` of a chunk, without its scale.
template <class Cache> PAGED_DEVICE float decode(const CodeChunk<Cache::chunk_bytes> &chunk, int index) {
    constexpr int bits = Cache::chunk_bytes;
    return Cache::load(chunk.words[index * bits >> 5] >> (index * bits & 31) & ((1u << bits) - 1));
}

// Eight channels as elements.
template <class Element, class Cache> PAGED_DEVICE Chunk decode(const CodeChunk<Cache::chunk_bytes> &codes) {
    Chunk chunk;
    PAGED_UNROLL
    for (int pair = 0; pair < 4; ++pair) {
        if constexpr (Cache::is_quantised) {
            chunk.pairs[pair] = Element::pack(decode<Cache>(codes, 2 * pair), decode<Cache>(codes, 2 * pair + 1));
        } else {
            chunk.pairs[pair] = codes.words[pair];
        }
    }
    return chunk;
}

// The chunk of `values`, divided by their scales as the operator defines.
template <class Element, class Cache>
PAGED_DEVICE CodeChunk<Cache::chunk_bytes> encode(const float *values, const float *scales, bool is_per_channel) {
    CodeChunk<Cache::chunk_bytes> chunk = {};
    PAGED_UNROLL
    for (int index = 0; index < 8; ++index) {
        if constexpr (Cache::is_quantised) {
            constexpr int bits = Cache::chunk_bytes;
            const float scale = scales[is_per_channel ? index : 0];
            const float value = scale == 0 ? 0.0f : quotient(values[index], scale);
            chunk.words[index * bits >> 5] |= Cache::store(value) << (index * bits & 31);
        } else {
            chunk.words[index >> 1] |= u32(Element::store(values[index])) << (index % 2 * 16);
        }
    }
    return chunk;
}

}  // namespace paged
