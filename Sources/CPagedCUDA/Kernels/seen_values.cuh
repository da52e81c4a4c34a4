// Values that are infinite or NaN, in tiles of keys that not all rows see.
//
// Tensor cores multiply every row with every value, and 0 times NaN is NaN: what a row does not see would reach it. Where all
// rows see what was copied, that cannot happen. Elsewhere, at the end of what causal rows see and at both ends of windows,
// values are looked at, and if one is no number, the products have 0 in its place, and rows that see it get it afterwards.
// All other sums are the same bits as without it.
#pragma once
#include "softmax.cuh"

namespace paged {

// Whether a tile has a key of the part that some row does not see. Zeros are copied for what is outside the part.
PAGED_DEVICE bool is_partial(const Block &block, const Visible &seen_by_all, int base, int keys) {
    return greater(base, block.part.first) < seen_by_all.first || smaller(base + keys, block.part.end) > seen_by_all.end;
}

// The upper bits of the elements of a pair that are infinite or NaN.
template <class Element> PAGED_DEVICE u32 no_numbers(u32 pair) {
    return ((pair & 0x7fff7fffu) + (Element::is_half ? 0x04000400u : 0x00800080u)) & 0x80008000u;
}

// A pair with 0 for elements that are infinite or NaN.
template <class Element> PAGED_DEVICE u32 numbers_only(u32 pair) {
    const u32 found = no_numbers<Element>(pair);
    return pair & ~(found | (found - (found >> 15)));
}

// Weighted values of `keys` keys and 8 * `columns` channels, of which chunk c of key k lies at place(k, c).
template <class Element, int keys, int columns> struct SeenValues {
    // Whether a value is infinite or NaN: the same answer for all lanes.
    template <class Place> static PAGED_DEVICE bool has_no_number(Place place, int lane) {
        u32 found = 0;
        PAGED_NO_UNROLL
        for (int index = lane; index < keys * columns; index += 32) {
            const Chunk chunk = *(const Chunk *)place(index / columns, index % columns);
            PAGED_UNROLL
            for (int pair = 0; pair < 4; ++pair) found |= no_numbers<Element>(chunk.pairs[pair]);
        }
        return warp_greatest(found != 0) != 0;
    }

    // Adds the values of a tile that begins at a position.
    template <class Place>
    static PAGED_DEVICE void add(
        const RowStates &rows, int base, const float (&weights)[keys / 8][4], float (&sums)[columns][4], Place place,
        int lane
    ) {
        u32 packed[keys / 16][4];
        PAGED_UNROLL
        for (int index = 0; index < keys / 16; ++index) pack_weights<Element>(weights + 2 * index, packed[index]);
        PAGED_NO_UNROLL
        for (int stretch = 0; stretch < keys; stretch += 16) {
            u32 words[4] = {};
            PAGED_UNROLL
            for (int index = 0; index < keys / 4; ++index) {
                if (index / 4 == stretch / 16) words[index % 4] = packed[index / 4][index % 4];
            }
            const auto row = [=](int key, int chunk) { return place(stretch + key, chunk); };
            add_numbers(words, sums, row, lane);
            add_no_numbers(rows, base + stretch, words, sums, row, lane);
        }
    }

    // The products of 16 keys, without what is no number.
    template <class Place>
    static PAGED_DEVICE void add_numbers(const u32 (&words)[4], float (&sums)[columns][4], Place place, int lane) {
        PAGED_UNROLL
        for (int column = 0; column < columns; column += 2) {
            u32 values[4];
            load_matrices_transposed(values, place((lane >> 3 & 1) * 8 + (lane & 7), column + (lane >> 4)));
            PAGED_UNROLL
            for (int word = 0; word < 4; ++word) values[word] = numbers_only<Element>(values[word]);
            Element::multiply(sums[column], words, values[0], values[1]);
            Element::multiply(sums[column + 1], words, values[2], values[3]);
        }
    }

    // What is no number, for the rows that see it.
    template <class Place>
    static PAGED_DEVICE void add_no_numbers(
        const RowStates &rows, int base, const u32 (&words)[4], float (&sums)[columns][4], Place place, int lane
    ) {
        PAGED_NO_UNROLL
        for (int key = 0; key < 16; ++key) {
            float weights[2];
            PAGED_UNROLL
            for (int row = 0; row < 2; ++row) {
                const u32 word = shuffle(key < 8 ? words[row] : words[2 + row], (lane & ~3) + key % 8 / 2);
                weights[row] = Element::load(u16(word >> key % 2 * 16));
            }
            PAGED_UNROLL
            for (int column = 0; column < columns; ++column) {
                const u32 pair = ((const u32 *)place(key, column))[lane % 4], found = no_numbers<Element>(pair);
                PAGED_UNROLL
                for (int index = 0; index < 4; ++index) {
                    const Visible &seen = rows.seen[index / 2];
                    const bool is_seen = base + key >= seen.first && base + key < seen.end;
                    const bool is_found = (index % 2 == 0 ? found << 16 : found) >> 31 != 0;
                    const float value = index % 2 == 0 ? low<Element>(pair) : high<Element>(pair);
                    if (is_seen && is_found) sums[column][index] += weights[index / 2] * value;
                }
            }
        }
    }
};

}  // namespace paged
