// Attention of prompts on SM90: three warpgroups, of which one copies and two multiply.
//
// A block has 128 query rows, 64 for each of the two, and goes through 128 keys at a time (64 for heads above 128 channels) in
// two stages. The first warpgroup copies keys and values from where they lie, any block size, codes turned into elements on
// their way; it waits for a stage to be free and says when it is full. The others keep the sums of their rows in registers,
// multiply what is full, and say when it is free: while one of them is at its softmax, the other has the tensor cores.
//
// Shared memory is in panels of 64 channels: rows of 128 bytes, swizzled.
#pragma once
#include "hopper.cuh"
#include "queries.cuh"
#include "row_sums.cuh"
#include "seen_values.cuh"

namespace paged {

template <class Element, class Cache, int size> struct HopperPrompt {
    static constexpr int rows = PAGED_CUDA_HOPPER_ROWS;
    static constexpr int keys = paged_cuda_hopper_keys(size);
    static constexpr int stages = 2;
    static constexpr int panels = size / 64;
    static constexpr int columns = size / 8;
    static constexpr int query_panel = rows * 128;
    static constexpr int key_panel = keys * 128;
    static constexpr int side_bytes = panels * key_panel;
    static constexpr int value_width = size > 128 ? 128 : size;  // channels of a product

    using Sums = RowSums<Element, size, rows, 1, PAGED_CUDA_HOPPER_THREADS>;
    using Seen = SeenValues<Element, keys, columns>;

    struct Shared {
        u8 *queries;
        u8 *ring;
        u64 *full;   // of a stage: its keys, then its values
        u64 *empty;  // likewise
    };

    static PAGED_DEVICE Shared shared_of(u8 *memory) {
        u8 *ring = memory + panels * query_panel;
        u64 *barriers = (u64 *)(ring + stages * 2 * side_bytes);
        return {memory, ring, barriers, barriers + 2 * stages};
    }

    // Loads the queries, scaled like those of other kernels, with all threads.
    static PAGED_DEVICE void load_queries(const paged_cuda_call &call, Block &block, const Shared &shared, int thread) {
        using Source = Queries<Element, size, rows, PAGED_CUDA_HOPPER_THREADS>;
        const float unit = Source::scale_unit(call, block.head, thread & 31);
        const bool is_one = call.key_scale != nullptr && !call.key_scale_is_per_channel;
        block.product_scale = unit * (is_one ? call.key_scale[0] : 1.0f);
        for (int index = thread; index < rows * columns; index += PAGED_CUDA_HOPPER_THREADS) {
            const int row = index / columns, chunk = index % columns;
            Chunk elements = {};
            if (row < block.tile.row_count && 8 * chunk < call.head_size) {
                const int number = query_row(call, block.tile, block.head, row);
                elements = Source::chunk_of(call, block, number, chunk, unit);
            }
            *(Chunk *)(shared.queries + chunk / 8 * query_panel + swizzled(row, chunk % 8)) = elements;
        }
        publish_to_products();
    }

    // Copies one side of a tile: values of the cache in the background, codes at once.
    static PAGED_DEVICE void copy_side(
        const paged_cuda_call &call, const Block &block, const void *cache, int base, u8 *target, int thread
    ) {
        PAGED_NO_UNROLL
        for (int index = thread; index < keys * columns; index += 128) {
            const int key = index / columns, chunk = index % columns, position = base + key;
            const bool is_asked = position >= block.part.first && position < block.part.end && 8 * chunk < call.head_size;
            const long long place = is_asked ? place_of(call, block.tile.sequence, position) : -1;
            const long long row = place < 0 ? 0 : place * call.key_value_head_count + block.head;
            const auto *from = (const CodeChunk<Cache::chunk_bytes> *)cache + row * (call.head_size / 8)
                + (place < 0 ? 0 : chunk);
            u8 *to = target + chunk / 8 * key_panel + swizzled(key, chunk % 8);
            if constexpr (Cache::is_quantised) {
                *(Chunk *)to = place < 0 ? Chunk{} : Packed<Element, Cache>::decode(*from);
            } else {
                copy_async(to, from, place >= 0);
            }
        }
        commit_copies();
    }

    // The copying warpgroup: side by side, each announced once the next one is under way.
    static PAGED_DEVICE void copy_tiles(const paged_cuda_call &call, const Block &block, const Shared &shared, int thread) {
        const int first = block.part.first / 16 * 16;
        const int sides = 2 * ((block.part.end - first + keys - 1) / keys);
        PAGED_NO_UNROLL
        for (int side = 0; side < sides; ++side) {
            const int slot = side % (2 * stages), turn = side / (2 * stages);
            if (turn > 0) barrier_wait(shared.empty + slot, (turn - 1) & 1);
            const void *cache = side % 2 == 0 ? call.key_cache : call.value_cache;
            copy_side(call, block, cache, first + side / 2 * keys, shared.ring + slot * side_bytes, thread);
            if (side == 0) continue;
            wait_for_copies<1>();
            publish_to_products();
            barrier_arrive(shared.full + (side - 1) % (2 * stages));
        }
        wait_for_copies<0>();
        publish_to_products();
        if (sides > 0) barrier_arrive(shared.full + (sides - 1) % (2 * stages));
    }

    static PAGED_DEVICE void multiply_keys(
        const Shared &shared, const u8 *tile, float (&products)[keys / 8][4], int group
    ) {
        begin_products();
        PAGED_UNROLL
        for (int step = 0; step < size / 16; ++step) {
            const u8 *query = shared.queries + step / 4 * query_panel + group * 64 * 128 + step % 4 * 32;
            const u8 *key = tile + step / 4 * key_panel + step % 4 * 32;
            multiply_rows<Element, keys>(
                products[0], products_address(query, 16), products_address(key, 16), step > 0);
        }
        commit_products();
        wait_for_products<0>();
    }

    static PAGED_DEVICE void add_values(
        const u8 *tile, const float (&weights)[keys / 8][4], float (&values)[columns][4]
    ) {
        u32 words[keys / 16][4];
        PAGED_UNROLL
        for (int step = 0; step < keys / 16; ++step) pack_weights<Element>(weights + 2 * step, words[step]);
        begin_products();
        PAGED_UNROLL
        for (int step = 0; step < keys / 16; ++step) {
            PAGED_UNROLL
            for (int channel = 0; channel < size; channel += value_width) {
                const u8 *value = tile + channel / 64 * key_panel + step * 16 * 128;
                multiply_columns<Element, value_width>(
                    values[channel / 8], words[step], products_address(value, key_panel), 1);
            }
        }
        commit_products();
        wait_for_products<0>();
    }

    // Adds the values of a tile. All four warps look at all of it, and so do the same.
    static PAGED_DEVICE void add_seen_values(
        const Block &block, const RowStates &states, const Visible &seen_by_all, int base, const u8 *tile,
        const float (&weights)[keys / 8][4], float (&values)[columns][4], int lane
    ) {
        if constexpr (Cache::has_no_numbers) {
            const auto place = [=](int key, int chunk) { return tile + chunk / 8 * key_panel + swizzled(key, chunk % 8); };
            if (is_partial(block, seen_by_all, base, keys) && Seen::has_no_number(place, lane)) {
                return Seen::add(states, base, weights, values, place, lane);
            }
        }
        add_values(tile, weights, values);
    }

    // A multiplying warpgroup.
    static PAGED_DEVICE void multiply_tiles(
        const paged_cuda_call &call, const Block &block, const Shared &shared, RowStates &states,
        float (&values)[columns][4], int group, int thread
    ) {
        const int warp_row = group * 64 + (thread >> 5) % 4 * 16, lane = thread & 31;
        const int last = smaller(block.tile.row_count, group * 64 + 64) - 1;
        const Visible all = seen_by_all(call, block.tile, group * 64, last);
        states = start_rows(call, block, warp_row + lane / 4);
        PAGED_UNROLL
        for (int index = 0; index < 4 * columns; ++index) values[index / 4][index % 4] = 0;
        int tile = 0;
        PAGED_NO_UNROLL
        for (int base = block.part.first / 16 * 16; base < block.part.end; base += keys, ++tile) {
            const int slot = 2 * (tile % stages), parity = tile / stages & 1;
            const u8 *side = shared.ring + slot * side_bytes;
            float logits[keys / 8][4];
            barrier_wait(shared.full + slot, parity);
            multiply_keys(shared, side, logits, group);
            barrier_arrive(shared.empty + slot);
            mask<keys>(call, block, states, base, logits, lane);
            weigh<keys, columns>(states, logits, values);
            barrier_wait(shared.full + slot + 1, parity);
            add_seen_values(block, states, all, base, side + side_bytes, logits, values, lane);
            barrier_arrive(shared.empty + slot + 1);
        }
    }

    static PAGED_DEVICE void start_barriers(const Shared &shared, int thread) {
        if (thread != 0) return;
        for (int slot = 0; slot < 2 * stages; ++slot) {
            barrier_start(shared.full + slot, 128);
            barrier_start(shared.empty + slot, 256);
        }
    }

    // What the block works on; no rows or no part if nothing.
    static PAGED_DEVICE Block block_of(const paged_cuda_call &call, u8 *memory, int thread) {
        Block block;
        block.memory = memory;
        block.head = int(blockIdx.y);
        block.tile = tile_of(call, int(blockIdx.x), rows, thread & 31);
        block.part = part_of(call, visible(call, block.tile), int(blockIdx.z), keys);
        return block;
    }

    // Stores the rows, with all threads.
    static PAGED_DEVICE void store(const paged_cuda_call &call, const Block &block, int thread) {
        Sums::store(call, block, thread);
        if (block.part.count == 1) return;
        if (!is_last_part(call, block.part.count, thread, (u32 *)block.memory)) return;
        combine<Element>(
            call, block.tile, block.head, block.part.count, (float *)block.memory + 4, thread, PAGED_CUDA_HOPPER_THREADS);
    }

    static PAGED_DEVICE void run(const paged_cuda_call &call) {
        PAGED_SHARED(memory);
        const int thread = int(threadIdx.x), group = thread / 128 - 1;
        Block block = block_of(call, memory, thread);
        if (block.tile.row_count == 0 || int(blockIdx.z) >= block.part.count) return;
        const Shared shared = shared_of(memory);
        start_barriers(shared, thread);
        load_queries(call, block, shared, thread);
        block_barrier();
        if (group < 0) {
            keep_registers<56>();
            copy_tiles(call, block, shared, thread);
            block_barrier();
        } else {
            take_registers<224>();
            RowStates states;
            float values[columns][4];
            multiply_tiles(call, block, shared, states, values, group, thread);
            block_barrier();
            Sums::leave(memory, group * 64 + (thread >> 5) % 4 * 16 + (thread & 31) / 4, states, values, thread & 31);
        }
        block_barrier();
        // Found anew: kept, it would be spilled where the two branches meet.
        store(call, block_of(call, memory, thread), thread);
    }
};

}  // namespace paged
