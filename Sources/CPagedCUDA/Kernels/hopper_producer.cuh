// The copying warpgroup of the SM90 kernel: keys and values of a tile, side by side, into a ring of two stages.
//
// Boxes: one thread copies the places of a tile that lie in one block of the cache, 64 channels at a time, by the maps that the
// host has made. What is outside of the tensor, as channels above the head size, or an unmapped block, for which a place before
// the first one stands, becomes zeros.
//
// Threads: all 128 copy 16 bytes each, where blocks are smaller, a cache has codes, or there are no maps. Codes become
// elements on their way. Products read shared memory through another path than threads write it, so threads wait for their
// copies and fence before a side is announced.
#pragma once
#include "hopper_work.cuh"

namespace paged {

template <class Element, class Cache, int size> struct HopperProducer {
    using Layout = HopperLayout<size>;
    using Work = HopperWork<size>;
    static constexpr int keys = Layout::keys;

    // The block of the cache that each lane's stretch of 16 keys lies in, as far as the part goes; -1 if nothing is mapped.
    static PAGED_DEVICE int block_of(const paged_cuda_call &call, const HopperItem &item, int base, int lane) {
        const int position = base + 16 * lane;
        const bool is_asked = lane < keys / 16 && position < item.part.end && position + 16 > item.part.first;
        const long long place = is_asked ? place_of(call, item.tile.sequence, position) : -1;
        return place < 0 ? -1 : int(place >> call.block_shift);
    }

    static PAGED_DEVICE u32 mapped(int block, int lane) {
        const u32 mine = block < 0 ? 0u : 1u << lane;
        return warp_reduce(mine, [](u32 a, u32 b) { return a | b; });
    }

    // Copies one side of a tile with threads: values of the cache in the background, codes at once.
    static PAGED_DEVICE void copy_side(
        const paged_cuda_call &call, const HopperItem &item, const void *cache, int base, int block, u8 *target, int thread
    ) {
        PAGED_NO_UNROLL
        for (int index = thread; index < keys * Layout::columns; index += 128) {
            const int key = index / Layout::columns, chunk = index % Layout::columns, position = base + key;
            const int found = shuffle(block, key / 16);
            const bool is_valid = found >= 0 && position >= item.part.first && position < item.part.end
                && 8 * chunk < call.head_size;
            const long long place =
                ((long long)found << call.block_shift) + (position & ((1 << call.block_shift) - 1));
            const long long row = is_valid ? place * call.key_value_head_count + item.head : 0;
            const auto *from = (const CodeChunk<Cache::chunk_bytes> *)cache + row * (call.head_size / 8)
                + (is_valid ? chunk : 0);
            u8 *to = target + chunk / 8 * Layout::key_panel + swizzled(key, chunk % 8);
            if constexpr (Cache::is_quantised) {
                *(Chunk *)to = is_valid ? Packed<Element, Cache>::decode(*from) : Chunk{};
            } else {
                copy_async(to, from, is_valid);
            }
        }
        commit_copies();
    }

    static PAGED_DEVICE void announce(const Layout &shared, int slot) {
        publish_to_products();
        barrier_arrive(shared.full(slot));
    }

    // Copies the tiles of an item with all threads. Each side is announced once the next one is under way.
    static PAGED_DEVICE void copy_tiles(
        const paged_cuda_call &call, const HopperItem &item, const Layout &shared, RingPlace &place, int thread
    ) {
        int begun = -1;
        PAGED_NO_UNROLL
        for (int base = first_base<keys>(item.part); base < item.part.end; base += keys, place.advance()) {
            const int block = block_of(call, item, base, thread & 31);
            const u32 found = mapped(block, thread & 31);
            PAGED_NO_UNROLL
            for (int side = 0; side < 2; ++side) {
                const int slot = 2 * place.stage + side;
                barrier_wait(shared.empty(slot), place.parity ^ 1);
                if (side == 0 && thread == 0) *shared.mapped(place.stage) = found;
                const void *cache = side == 0 ? call.key_cache : call.value_cache;
                copy_side(call, item, cache, base, block, shared.side(slot), thread);
                if (begun >= 0) {
                    wait_for_copies<1>();
                    announce(shared, begun);
                }
                begun = slot;
            }
        }
        wait_for_copies<0>();
        if (begun >= 0) announce(shared, begun);
    }

    // Copies one side of a tile as boxes, with one thread.
    static PAGED_DEVICE void copy_boxes(
        const HopperItem &item, const paged_cuda_tensor_map &map, const Layout &shared, int slot, int box, const int *places
    ) {
        barrier_arrive_expecting(shared.full(slot), Layout::side_bytes);
        PAGED_UNROLL
        for (int key = 0; key < keys; key += 64) {
            if (key % box != 0) continue;
            PAGED_UNROLL
            for (int panel = 0; panel < Layout::panels; ++panel) {
                u8 *to = shared.side(slot) + panel * Layout::key_panel + key * 128;
                copy_box(to, map, 64 * panel, item.head, places[key / 64], shared.full(slot));
            }
        }
    }

    // Copies the tiles of an item as boxes, with one thread.
    static PAGED_DEVICE void copy_tiles_as_boxes(
        const paged_cuda_call &call, const paged_cuda_tensor_maps &maps, const HopperItem &item, const Layout &shared,
        RingPlace &place
    ) {
        const int box = smaller(1 << call.block_shift, keys);
        PAGED_NO_UNROLL
        for (int base = first_base<keys>(item.part); base < item.part.end; base += keys, place.advance()) {
            int places[keys / 64];
            u32 found = 0;
            PAGED_UNROLL
            for (int key = 0; key < keys; key += 64) {
                const int position = base + key / box * box;
                const bool is_asked = position < item.part.end && position + box > item.part.first;
                const long long at = is_asked ? place_of(call, item.tile.sequence, position) : -1;
                places[key / 64] = at < 0 ? -keys : int(at);
                if (at >= 0) found |= 0xfu << key / 16;
            }
            const int slot = 2 * place.stage;
            barrier_wait(shared.empty(slot), place.parity ^ 1);
            *shared.mapped(place.stage) = found;
            copy_boxes(item, maps.keys, shared, slot, box, places);
            barrier_wait(shared.empty(slot + 1), place.parity ^ 1);
            copy_boxes(item, maps.values, shared, slot + 1, box, places);
        }
    }

    static PAGED_DEVICE void run(
        const paged_cuda_call &call, const paged_cuda_tensor_maps &maps, const Layout &shared, int thread
    ) {
        const int lane = thread & 31;
        bool are_boxes = false;
        if constexpr (!Cache::is_quantised) are_boxes = maps.are_set != 0;
        if (are_boxes && thread >= 32) return;
        if (are_boxes && lane == 0) {
            prefetch_map(maps.keys);
            prefetch_map(maps.values);
        }
        RingPlace items, place;
        u32 number = blockIdx.x;
        PAGED_NO_UNROLL
        while (true) {
            HopperItem item;
            if (thread < 32) {
                item = Work::take(call, number, lane);
                Work::publish(shared, items, item, lane);
            } else {
                item = Work::receive(shared, items, lane);
            }
            if (item.tile.row_count == 0) return;
            if constexpr (!Cache::is_quantised) {
                if (are_boxes) {
                    if (lane == 0) copy_tiles_as_boxes(call, maps, item, shared, place);
                    warp_barrier();
                    continue;
                }
            }
            copy_tiles(call, item, shared, place, thread);
        }
    }
};

}  // namespace paged
