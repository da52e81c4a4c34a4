// What a warp of a decode copies from the cache: its keys and values, with one look at the block table for 16 of them.
#pragma once
#include "decode_shape.cuh"

namespace paged {

template <class Shape> struct DecodeCopies {
    static constexpr int units = Shape::units, tiles = Shape::tiles;
    static constexpr int row_lanes = units <= 2 ? 2 : units <= 4 ? 4 : units <= 8 ? 8 : units <= 16 ? 16 : 32;
    static constexpr int step = 32 / row_lanes;  // keys that are copied at once

    // What comes next, and where a lane copies from and to.
    struct Source {
        const int *table;    // of the sequence
        const u8 *keys;      // of place 0
        const u8 *values;
        long long block_bytes;
        int place_bytes;
        int target;          // in a tile
        bool is_asked;       // whether the lane's channels exist
        Visible whole;       // positions whose copies are whole
        int end;             // of those that have an entry
        int base;            // of the next keys
        int entries[tiles];  // of the table for them, looked up a step ahead
        u32 mapped;          // a bit for each 16 keys under way, the newest ones lowest
    };

    static PAGED_DEVICE Source start(const paged_cuda_call &call, const Block &block, int base, int lane) {
        const int key = lane / row_lanes, unit = lane % row_lanes;
        const int head_bytes = call.head_size / 8 * Shape::Cache::chunk_bytes;
        const int place_bytes = call.key_value_head_count * head_bytes;
        const long long offset = (long long)key * place_bytes + block.head * head_bytes + 16 * unit;
        const long long capacity = (long long)call.blocks_per_sequence << call.block_shift;
        Source source;
        source.table = call.block_table + (long long)block.tile.sequence * call.blocks_per_sequence;
        source.keys = (const u8 *)call.key_cache + offset;
        source.values = (const u8 *)call.value_cache + offset;
        source.block_bytes = (long long)place_bytes << call.block_shift;
        source.place_bytes = place_bytes;
        source.target = Shape::place(key, unit);
        source.is_asked = 16 * unit < head_bytes;
        source.whole = {block.part.first, call.head_size == Shape::size ? block.part.end : 0};
        source.end = capacity < block.part.end ? int(capacity) : block.part.end;
        source.base = base;
        source.mapped = 0;
        keep(source.keys);
        keep(source.values);
        keep(source.block_bytes);
        keep(source.target);
        look_up(call, source);
        return source;
    }

    static PAGED_DEVICE void look_up(const paged_cuda_call &call, Source &source) {
        PAGED_UNROLL
        for (int tile = 0; tile < tiles; ++tile) {
            const int position = source.base + 16 * tile;
            source.entries[tile] = -1;
            if (position < source.end) source.entries[tile] = source.table[position >> call.block_shift];
        }
    }

    // Copies 16 keys and values, zeros where nothing is asked for unless all is.
    template <bool is_whole>
    static PAGED_DEVICE void copy_tile(
        const paged_cuda_call &call, const Source &source, int tile, Visible asked, u8 *memory, int lane
    ) {
        if (row_lanes > units && lane % row_lanes >= units) return;
        const int offset = (source.base + 16 * tile) & ((1 << call.block_shift) - 1);
        const long long from = u32(source.entries[tile]) * source.block_bytes + (long long)offset * source.place_bytes;
        const u8 *key = source.keys + from, *value = source.values + from;
        PAGED_UNROLL
        for (int first = 0; first < 16; first += step) {
            const int number = lane / row_lanes + first;
            const bool is_valid = is_whole || (source.is_asked && number >= asked.first && number < asked.end);
            u8 *target = memory + Shape::move_key(source.target, first) + tile * 16 * Shape::row_bytes;
            copy_async(target, is_valid ? key : source.keys, is_valid);
            copy_async(target + Shape::side_bytes, is_valid ? value : source.values, is_valid);
            key += step * source.place_bytes;
            value += step * source.place_bytes;
        }
    }

    // Starts to copy the next keys to where the warp has a stage, and looks those after them up.
    static PAGED_DEVICE void copy(const paged_cuda_call &call, const Block &block, Source &source, u8 *memory, int lane) {
        bool is_whole = source.base >= source.whole.first && source.base + Shape::keys <= source.whole.end;
        PAGED_UNROLL
        for (int tile = 0; tile < tiles; ++tile) is_whole &= u32(source.entries[tile]) < u32(call.block_count);
        if (is_whole) {
            source.mapped = source.mapped << tiles | ((1u << tiles) - 1);
            PAGED_UNROLL
            for (int tile = 0; tile < tiles; ++tile) copy_tile<true>(call, source, tile, {}, memory, lane);
        } else {
            PAGED_UNROLL
            for (int tile = 0; tile < tiles; ++tile) {
                const bool is_mapped = u32(source.entries[tile]) < u32(call.block_count);
                const int first = source.base + 16 * tile;
                source.mapped = source.mapped << 1 | u32(is_mapped);
                const Visible asked = {block.part.first - first, is_mapped ? block.part.end - first : 0};
                copy_tile<false>(call, source, tile, asked, memory, lane);
            }
        }
        commit_copies();
        source.base += 4 * Shape::keys;
        look_up(call, source);
    }
};

}  // namespace paged
