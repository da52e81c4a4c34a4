// What the warpgroups of the SM90 kernel share: the layout of a block's shared memory, and items of work.
//
// A block lives as long as its multiprocessor has work. Its first warp takes items from a counter, leaves out those that are
// nobody's, and hands the others to the rest of the block. Row tiles go from the last one of a head to the first: in causal
// attention the last has the most keys, and short items at the end leave no multiprocessor alone for long.
#pragma once
#include "cache_tile.cuh"
#include "hopper.cuh"

namespace paged {

// A row tile, a key and value head, and one part of what the rows see.
struct HopperItem {
    RowTile tile;  // without rows: there is no more work
    Part part;
    int head;
    int part_index;
    int number;  // of the tile and head
};

// A place in a ring of two, and the parity of the phase that it is in.
struct RingPlace {
    int stage = 0;
    int parity = 0;

    PAGED_DEVICE void advance() {
        parity ^= stage;
        stage ^= 1;
    }
};

template <int size> struct HopperLayout {
    static constexpr int rows = PAGED_CUDA_HOPPER_ROWS;
    static constexpr int group_rows = 64;  // of a multiplying warpgroup
    static constexpr int keys = paged_cuda_hopper_keys(size);
    static constexpr int stages = 2;
    static constexpr int panels = size / 64;  // 64 channels: rows of 128 bytes, swizzled
    static constexpr int columns = size / 8;
    static constexpr int query_panel = group_rows * 128;
    static constexpr int key_panel = keys * 128;
    static constexpr int side_bytes = panels * key_panel;
    static constexpr int value_width = size > 128 ? 128 : size;  // channels of a product

    u8 *memory;

    // The queries of a group; then its output on its way.
    PAGED_DEVICE u8 *queries(int group) const { return memory + group * panels * query_panel; }
    PAGED_DEVICE u8 *side(int slot) const { return memory + 2 * panels * query_panel + slot * side_bytes; }
    // Eight rows of zeros.
    PAGED_DEVICE u8 *zeros() const { return side(2 * stages); }
    // Of keys (2 * stage) and values (2 * stage + 1) of a stage.
    PAGED_DEVICE u64 *full(int slot) const { return (u64 *)(zeros() + 1024) + slot; }
    PAGED_DEVICE u64 *empty(int slot) const { return full(2 * stages + slot); }
    PAGED_DEVICE u64 *item_full(int stage) const { return full(4 * stages + stage); }
    PAGED_DEVICE u64 *item_empty(int stage) const { return full(5 * stages + stage); }
    // A bit for each 16 keys of a stage that lie in a block of the cache.
    PAGED_DEVICE u32 *mapped(int stage) const { return (u32 *)full(6 * stages) + stage; }
    PAGED_DEVICE HopperItem *item(int stage) const { return (HopperItem *)mapped(stages) + stage; }

    static_assert(2 * panels * query_panel + 4 * side_bytes + 1024 + 12 * 8 + 2 * 4 + 2 * sizeof(HopperItem)
                  <= size_t(paged_cuda_hopper_shared_bytes(size)));
};

// Tiles begin at multiples of their keys, so that a box lies in one block of the cache.
template <int keys> PAGED_DEVICE int first_base(const Part &part) { return part.first / keys * keys; }

template <int size> struct HopperWork {
    using Layout = HopperLayout<size>;

    static PAGED_DEVICE u32 item_count(const paged_cuda_call &call, int &tiles) {
        tiles = int((long long)call.token_count * call.group_size / Layout::rows + call.sequence_count);
        return u32(tiles) * u32(call.key_value_head_count) * u32(call.part_limit);
    }

    static PAGED_DEVICE HopperItem item_of(const paged_cuda_call &call, u32 number, int tiles, int lane) {
        const u32 parts = u32(call.part_limit), rank = number / parts;
        const int head = int(rank / u32(tiles)), index = tiles - 1 - int(rank % u32(tiles));
        HopperItem item;
        item.tile = tile_of(call, index, Layout::rows, lane);
        item.part_index = int(number % parts);
        item.part = part_of(call, visible(call, item.tile), item.part_index, Layout::keys);
        item.head = head;
        item.number = index * call.key_value_head_count + head;
        return item;
    }

    // The next item of this block, with one warp. `number`, what its first lane has taken from the counter before, is replaced
    // by what is next.
    static PAGED_DEVICE HopperItem take(const paged_cuda_call &call, u32 &number, int lane) {
        int tiles;
        const u32 count = item_count(call, tiles);
        PAGED_NO_UNROLL
        for (u32 taken = shuffle(number, 0); taken < count; taken = shuffle(number, 0)) {
            if (lane == 0) number = gridDim.x + add_atomically(call.part_arrivals + call.part_arrival_count - 1, 1);
            const HopperItem item = item_of(call, taken, tiles, lane);
            if (item.tile.row_count > 0 && item.part_index < item.part.count) return item;
        }
        HopperItem none = {};
        return none;
    }

    // Hands an item to all other warps, with one.
    static PAGED_DEVICE void publish(const Layout &shared, RingPlace &place, const HopperItem &item, int lane) {
        barrier_wait(shared.item_empty(place.stage), place.parity ^ 1);
        warp_barrier();  // or a lane could sleep through this phase and the next
        if (lane == 0) {
            *shared.item(place.stage) = item;
            barrier_arrive(shared.item_full(place.stage));
        }
        place.advance();
    }

    static PAGED_DEVICE HopperItem receive(const Layout &shared, RingPlace &place, int lane) {
        barrier_wait(shared.item_full(place.stage), place.parity);
        const HopperItem item = *shared.item(place.stage);
        warp_barrier();
        if (lane == 0) barrier_arrive(shared.item_empty(place.stage));
        place.advance();
        return item;
    }
};

}  // namespace paged
