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
    // Threads for a row, a power of two, and keys that are copied at once.
    static constexpr int row_threads =
        units <= 2 ? 2 : units <= 4 ? 4 : units <= 8 ? 8 : units <= 16 ? 16 : units <= 32 ? 32 : units <= 64 ? 64 : 128;
    static constexpr int step = threads / row_threads;

    // Starts to copy from a position on; zeros where there is nothing. One look at the table serves 16 keys of a thread.
    static PAGED_DEVICE void copy(const paged_cuda_call &call, const Block &block, int base, u8 *target, int thread) {
        const int unit = thread % row_threads;
        if (row_threads > units && unit >= units) return;
        const int row_bytes = call.head_size / 8 * Cache::chunk_bytes, place_bytes = call.key_value_head_count * row_bytes;
        long long stretch = 0;  // where its first key is
        bool is_mapped = false;
        PAGED_UNROLL_BY(unrolled_copies)  // all of it would keep too many addresses in registers
        for (int first = 0; first < keys; first += step) {
            const int key = first + thread / row_threads, position = base + key;
            if (first % 16 == 0) {
                const int start = base + key / 16 * 16;
                const bool is_asked = start < block.part.end && start + 16 > block.part.first;
                const long long place = is_asked ? place_of(call, block.tile.sequence, start) : -1;
                is_mapped = place >= 0 && 16 * unit < row_bytes;
                stretch = (is_mapped ? place * place_bytes : 0) + (block.head * row_bytes + 16 * unit);
            }
            const bool is_valid = is_mapped && position >= block.part.first && position < block.part.end;
            const long long offset = stretch + key % 16 * place_bytes;
            u8 *to = target + key * copied_row + 16 * unit;
            copy_async(to, (const u8 *)call.key_cache + offset, is_valid);
            if constexpr (sides == 2) copy_async(to + keys * copied_row, (const u8 *)call.value_cache + offset, is_valid);
        }
    }

    // Turns the codes that this thread has copied into elements.
    static PAGED_DEVICE void decode(const u8 *codes, u8 *elements, int thread) {
        const int unit = thread % row_threads;
        if (row_threads > units && unit >= units) return;
        PAGED_UNROLL
        for (int first = 0; first < keys; first += step) {
            const int key = first + thread / row_threads;
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
