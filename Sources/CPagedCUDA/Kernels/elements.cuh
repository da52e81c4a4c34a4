// The types of queries, keys, values and output: 16 bits each, with arithmetic in float.
#pragma once
#include "device.cuh"

namespace paged {

struct Float16 {
    static constexpr bool is_half = true;
    static PAGED_DEVICE float load(u16 bits) { return float_of_half(bits); }
    static PAGED_DEVICE u16 store(float value) { return half_of(value); }
    static PAGED_DEVICE u32 pack(float low, float high) { return pack_halves(low, high); }
#if PAGED_ARCHITECTURE >= 750
    static PAGED_DEVICE void multiply(float *sums, const u32 *a, u32 b0, u32 b1) { multiply_halves(sums, a, b0, b1); }
#endif
};

struct BFloat16 {
    static constexpr bool is_half = false;
    static PAGED_DEVICE float load(u16 bits) { return float_of(u32(bits) << 16); }
    // Rounds to nearest, ties to even, in integers: the same on every architecture.
    static PAGED_DEVICE u16 store(float value) {
        const u32 bits = bits_of(value);
        if ((bits & 0x7fffffffu) > 0x7f800000u) return 0x7fff;
        return u16((bits + 0x7fffu + (bits >> 16 & 1)) >> 16);
    }
#if PAGED_ARCHITECTURE >= 800
    static PAGED_DEVICE u32 pack(float low, float high) { return pack_bfloats(low, high); }
    static PAGED_DEVICE void multiply(float *sums, const u32 *a, u32 b0, u32 b1) { multiply_bfloats(sums, a, b0, b1); }
#else
    static PAGED_DEVICE u32 pack(float low, float high) { return u32(store(low)) | u32(store(high)) << 16; }
#endif
};

// The two elements of a word as they lie in memory.
template <class Element> PAGED_DEVICE float low(u32 pair) { return Element::load(u16(pair)); }
template <class Element> PAGED_DEVICE float high(u32 pair) { return Element::load(u16(pair >> 16)); }

// Eight elements: the unit in which heads are read and written.
struct alignas(16) Chunk {
    u32 pairs[4];
};

template <class Element> PAGED_DEVICE float element(const Chunk &chunk, int index) {
    const u32 pair = chunk.pairs[index >> 1];
    return index & 1 ? high<Element>(pair) : low<Element>(pair);
}

}  // namespace paged
