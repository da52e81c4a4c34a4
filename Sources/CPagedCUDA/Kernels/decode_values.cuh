// Values of a decode that are infinite or NaN, in tiles of keys that not all rows see: see seen_values.cuh.
#pragma once
#include "decode_shape.cuh"

namespace paged {

template <class Shape> struct DecodeValues {
    static constexpr int groups = Shape::groups, octets = Shape::octets;

    // Whether a value of the tile is infinite or NaN: the same answer for all lanes.
    static PAGED_DEVICE bool have_no_number(const u8 *values, int lane) {
        bool found = false;
        PAGED_NO_UNROLL
        for (int index = lane; index < Shape::keys * Shape::units; index += 32) {
            const Chunk chunk = ((const Chunk *)values)[index];
            PAGED_UNROLL
            for (int word = 0; word < 4; ++word) {
                const u32 pair = chunk.pairs[word];
                found |= Shape::Cache::is_quantised ? has_no_number(pair) : no_numbers<typename Shape::Element>(pair) != 0;
            }
        }
        return is_any_of_warp(found);
    }

    // The value of one of a thread's channels.
    static PAGED_DEVICE float value_of(const u8 *values, int key, int pair, int lane) {
        const u8 *unit = values + Shape::place(key, pair / Shape::Codes::pairs);
        if constexpr (Shape::Cache::is_quantised) return Shape::Cache::load(unit[lane / 4 * 2 + pair % 2]);
        return Shape::Element::load(((const u16 *)unit)[lane / 4]);
    }

    // Adds weighted values that are no numbers, for the rows that see them.
    static PAGED_DEVICE void add_no_numbers(
        const paged_cuda_call &call, const Block &block, int base, const u8 *values, const u32 (&weights)[groups][octets],
        float (&sums)[Shape::size / 16][groups][4], int lane
    ) {
        PAGED_NO_UNROLL
        for (int key = 0; key < Shape::keys; ++key) {
            float weight[groups][2];
            bool sees[groups][2];
            PAGED_UNROLL
            for (int row = 0; row < 2 * groups; ++row) {
                const int source = (lane % 4 * 2 + row % 2) * 4 + key % 8 / 2;
                u32 word = 0;
                PAGED_UNROLL
                for (int octet = 0; octet < octets; ++octet) {
                    const u32 found = shuffle(weights[row / 2][octet], source);
                    if (octet == key / 8) word = found;
                }
                weight[row / 2][row % 2] = Shape::Operand::load(u16(word >> key % 2 * 16));
                const Visible seen = Shape::seen_by(call, block, row / 2 * 8 + lane % 4 * 2 + row % 2);
                sees[row / 2][row % 2] = base + key >= seen.first && base + key < seen.end;
            }
            PAGED_UNROLL
            for (int pair = 0; pair < Shape::pairs; ++pair) {
                const float value = value_of(values, key, pair, lane);
                if ((bits_of(value) & 0x7f800000u) != 0x7f800000u) continue;
                PAGED_UNROLL
                for (int row = 0; row < 2 * groups; ++row) {
                    float &sum = sums[pair / 2][row / 2][pair % 2 * 2 + row % 2];
                    if (sees[row / 2][row % 2]) sum += weight[row / 2][row % 2] * value;
                }
            }
        }
    }
};

}  // namespace paged
