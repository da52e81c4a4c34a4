// A stretch of keys, or of keys and values, on its way from the cache to where tensor cores read it.
#pragma once
#include "packed_codes.cuh"
#include "parts.cuh"

namespace paged {

// What a block of threads works on.
struct Block {
    RowTile tile;
    Part part;
    int head;
    u8 *memory;           // shared
    float product_scale;  // of products of queries and keys, besides the call's
};

// `keys` keys of up to `size` channels, and with two sides their values after them, moved by `threads` threads.
template <class Element, class Cache, int size, int keys, int threads, int sides, int unrolled_copies = 4>
struct CacheTile {
    static constexpr int copied_row = paged_cuda_copied_row(size, Cache::chunk_bytes);
    static constexpr int element_row = paged_cuda_element_row(size);
    static constexpr int unit_chunks = 16 / Cache::chunk_bytes;  // of 8 channels, in a copy of 16 bytes
    static constexpr int units = size / 8 / unit_chunks;         // copies for a row

    // Starts to copy from a position on; zeros where there is nothing.
    static PAGED_DEVICE void copy(const paged_cuda_call &call, const Block &block, int base, u8 *target, int thread) {
        const int row_bytes = call.head_size / 8 * Cache::chunk_bytes;
        long long place = -1;  // of the first key of a stretch
        int stretch = -1;
        PAGED_UNROLL_BY(unrolled_copies)  // all of it would keep too many addresses in registers
        for (int index = thread; index < keys * units; index += threads) {
            const int key = index / units, unit = index % units, position = base + key;
            if (key / 16 != stretch) {
                stretch = key / 16;
                const int first = base + 16 * stretch;
                const bool is_asked = first < block.part.end && first + 16 > block.part.first;
                place = is_asked ? place_of(call, block.tile.sequence, first) : -1;
            }
            const bool is_valid = place >= 0 && position >= block.part.first && position < block.part.end
                && 16 * unit < row_bytes;
            const long long row = (place + key % 16) * call.key_value_head_count + block.head;
            const long long offset = is_valid ? row * row_bytes + 16 * unit : 0;
            u8 *to = target + key * copied_row + 16 * unit;
            copy_async(to, (const u8 *)call.key_cache + offset, is_valid);
            if constexpr (sides == 2) copy_async(to + keys * copied_row, (const u8 *)call.value_cache + offset, is_valid);
        }
    }

    // Turns the codes that this thread has copied into elements.
    static PAGED_DEVICE void decode(const u8 *codes, u8 *elements, int thread) {
        PAGED_UNROLL
        for (int index = thread; index < keys * units; index += threads) {
            const int key = index / units, unit = index % units;
            PAGED_UNROLL
            for (int side = 0; side < sides; ++side) {
                const auto *from =
                    (const CodeChunk<Cache::chunk_bytes> *)(codes + (side * keys + key) * copied_row + 16 * unit);
                Chunk *to = (Chunk *)(elements + (side * keys + key) * element_row) + unit * unit_chunks;
                PAGED_UNROLL
                for (int chunk = 0; chunk < unit_chunks; ++chunk) to[chunk] = Packed<Element, Cache>::decode(from[chunk]);
            }
        }
    }
};

}  // namespace paged
