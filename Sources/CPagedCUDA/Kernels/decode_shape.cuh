// What is in shared memory of a decode, and where.
#pragma once
#include "code_pairs.cuh"
#include "seen_values.cuh"

namespace paged {

// Codes are multiplied as halves: those are exact, and each row of queries is brought into their range.
template <class Element, bool is_quantised> struct OperandOf { using Type = Element; };
template <class Element> struct OperandOf<Element, true> { using Type = Float16; };

template <class ElementType, class CacheType, int size_, int rows_> struct DecodeShape {
    using Element = ElementType;
    using Cache = CacheType;
    using Operand = typename OperandOf<Element, Cache::is_quantised>::Type;
    using Codes = CodePairs<Cache>;

    static constexpr int size = size_;
    static constexpr int rows = rows_;
    static constexpr int groups = rows / 8;  // of rows: the right sides of a product
    static constexpr int keys = paged_cuda_decode_keys(size, Cache::chunk_bytes, rows);
    static constexpr int tiles = keys / 16;
    static constexpr int octets = keys / 8;
    static constexpr int stages = paged_cuda_decode_stages(Cache::chunk_bytes);
    static constexpr int units = size / 8 * Cache::chunk_bytes / 16;  // 16 bytes of a row
    static constexpr int row_bytes = 16 * units;
    static constexpr int side_bytes = keys * row_bytes;
    static constexpr int stage_bytes = paged_cuda_decode_stage_bytes(size, Cache::chunk_bytes, rows);
    static constexpr int pairs = size / 8;  // that a thread has of a row
    static constexpr int loaded_units = 4 / octets;                   // by one instruction, of all keys
    static constexpr int loaded_pairs = loaded_units * Codes::pairs;  // of eight keys
    static constexpr int loads = units / loaded_units;
    static constexpr bool keeps_queries = paged_cuda_decode_keeps_queries(size, rows);  // in registers

    // The order of a row's units: their low bits change with the key, so that eight keys have a unit in different banks.
    static constexpr int turned = (units & -units) > 8 ? 7 : (units & -units) - 1;
    static PAGED_DEVICE constexpr int turn(int key) {
        return (key & 7) >> (turned == 7 ? 0 : turned == 3 ? 1 : turned == 1 ? 2 : 3);
    }
    static PAGED_DEVICE constexpr int place(int key, int unit) { return key * row_bytes + (unit ^ turn(key)) * 16; }
    static PAGED_DEVICE constexpr bool is_free_of_conflicts() {
        for (int unit = 0; unit < units; ++unit) {
            for (int key = 1; key < 8; ++key) {
                for (int other = 0; other < key; ++other) {
                    if ((place(key, unit) - place(other, unit)) % 128 == 0) return false;
                }
            }
        }
        return true;
    }
    // Places of other units and keys, from one whose bits that change are 0.
    static PAGED_DEVICE int move_unit(int from, int unit) { return (from ^ (unit & turned) * 16) + (unit & ~turned) * 16; }
    static PAGED_DEVICE int move_key(int from, int key) { return (from ^ turn(key) * 16) + key * row_bytes; }

    // Where a lane reads rows for 8 x 8 matrices: of each eight keys, then of the next unit.
    static PAGED_DEVICE int row_of_lane(int lane) {
        return place((lane >> 3) % octets * 8 + (lane & 7), (lane >> 3) / octets);
    }

    // Loads units of all keys, and makes elements of them.
    template <bool is_transposed>
    static PAGED_DEVICE void load(const u8 *memory, int from, int number, u32 (&elements)[octets][loaded_pairs]) {
        u32 words[4];
        const u8 *row = memory + move_unit(from, number * loaded_units);
        if constexpr (is_transposed) {
            load_matrices_transposed(words, row);
        } else {
            load_matrices(words, row);
        }
        PAGED_UNROLL
        for (int word = 0; word < 4; ++word) {
            Codes::decode(words[word], &elements[word % octets][word / octets * Codes::pairs]);
        }
    }

    // The positions that a row sees of its part. Rows that do not exist see what the last one sees: nobody asks for them.
    static PAGED_DEVICE Visible seen_by(const paged_cuda_call &call, const Block &block, int row) {
        const Visible seen = visible(call, block.tile, smaller(row, block.tile.row_count - 1));
        return {greater(seen.first, block.part.first), smaller(seen.end, block.part.end)};
    }
};

}  // namespace paged
