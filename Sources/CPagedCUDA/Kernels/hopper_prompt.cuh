// Attention of prompts on SM90: three warpgroups, of which one copies and two multiply.
//
// Each of the two has 64 query rows of an item, loads them, keeps their sums in registers, and stores the output by itself; no
// barrier is for the whole block once work has begun. It goes through 128 keys at a time (64 for heads above 128 channels):
//
//     products with the keys of this tile, and of the weights of the tile before with their values, are given to the tensor cores;
//     keys are given back, weights are taken from the products, values are given back.
//
// The two take turns in giving products, so that one is at its softmax while the other's are done.
//
// Shared memory is in panels of 64 channels: rows of 128 bytes, swizzled.
#pragma once
#include "hopper_producer.cuh"
#include "hopper_softmax.cuh"
#include "queries.cuh"

namespace paged {

template <class Element, class Cache, int size> struct HopperPrompt {
    using Layout = HopperLayout<size>;
    using Work = HopperWork<size>;
    using Softmax = HopperSoftmax<Layout::keys>;
    static constexpr int keys = Layout::keys;
    static constexpr int columns = Layout::columns;
    static constexpr bool takes_turns = size <= 128;  // products of more channels fill the tensor cores by themselves

    // Numbers of barriers that not all threads meet at: a group's turn, and a group alone.
    static constexpr int turn_barrier = 1;
    static constexpr int group_barrier = 3;

    // A multiplying warpgroup.
    struct Group {
        Layout shared;
        int number;  // 0 or 1
        int thread;  // in the group
        int lane;

        PAGED_DEVICE void meet() const { named_barrier(group_barrier + number, 128); }
        PAGED_DEVICE void await_turn() const {
            if constexpr (takes_turns) named_barrier(turn_barrier + number, 256);
        }
        PAGED_DEVICE void pass_turn() const {
            if constexpr (takes_turns) named_barrier_arrive(turn_barrier + (number ^ 1), 256);
        }
        // This warp is through with keys or values.
        PAGED_DEVICE void give_back(int slot) const {
            warp_barrier();
            if (lane == 0) barrier_arrive(shared.empty(slot));
        }
    };

    // What a thread holds of its group's rows: rows lane / 4 and 8 below it of its warp's 16, two neighbours of each 8 channels.
    struct Rows {
        Block block;
        RowStates states;
        Visible seen_by_all;
        int first_base, end;  // of the tiles that a row of the group sees
        u32 weights[keys / 16][4];
        float values[columns][4];
    };

    // Where products find values, and how far it is to the next 16 keys and 64 channels, in bytes.
    struct ValuesAddress {
        u64 first;
        int step, panel;
    };

    static PAGED_DEVICE ValuesAddress address_of_values(const u8 *tile) {
        return {products_address(tile, Layout::key_panel), 16 * 128, Layout::key_panel};
    }

    static PAGED_DEVICE void begin_keys(const Group &group, int slot, float (&products)[keys / 8][4]) {
        const u64 query = products_address(group.shared.queries(group.number), 16);
        const u64 key = products_address(group.shared.side(slot), 16);
        begin_products();
        PAGED_UNROLL
        for (int step = 0; step < size / 16; ++step) {
            multiply_rows<Element, keys>(
                products[0], products_address_at(query, step / 4 * Layout::query_panel + step % 4 * 32),
                products_address_at(key, step / 4 * Layout::key_panel + step % 4 * 32), step > 0);
        }
        commit_products();
    }

    static PAGED_DEVICE void begin_values(Rows &rows, const ValuesAddress &at) {
        constexpr int width = Layout::value_width;
        hold<4 * columns>(rows.values[0]);
        begin_products();
        PAGED_UNROLL
        for (int step = 0; step < keys / 16; ++step) {
            PAGED_UNROLL
            for (int channel = 0; channel < size; channel += width) {
                const u64 values = products_address_at(at.first, step * at.step + channel / 64 * at.panel);
                multiply_columns<Element, width>(rows.values[channel / 8], rows.weights[step], values, 1);
            }
        }
        commit_products();
    }

    // Loads a warp's queries, scaled like those of other kernels.
    static PAGED_DEVICE void load_queries(const paged_cuda_call &call, const Group &group, Block &block) {
        using Source = Queries<Element, size, Layout::group_rows, 128>;
        float unit = 1;
        if constexpr (Cache::is_quantised) unit = Source::scale_unit(call, block.head, group.lane);
        const bool is_one = Cache::is_quantised && call.key_scale != nullptr && !call.key_scale_is_per_channel;
        block.product_scale = unit * (is_one ? call.key_scale[0] : 1.0f);
        PAGED_UNROLL_BY((Cache::is_quantised ? 1 : 4))
        for (int index = group.lane; index < 16 * columns; index += 32) {
            const int row = group.thread / 32 * 16 + index / columns, chunk = index % columns;
            const int tile_row = group.number * Layout::group_rows + row;
            Chunk elements = {};
            if (tile_row < block.tile.row_count && 8 * chunk < call.head_size) {
                const int number = query_row(call, block.tile, block.head, tile_row);
                elements = Source::chunk_of(call, block, number, chunk, unit);
            }
            u8 *panel = group.shared.queries(group.number) + chunk / 8 * Layout::query_panel;
            *(Chunk *)(panel + swizzled(row, chunk % 8)) = elements;
        }
        publish_to_products();
    }

    static PAGED_DEVICE void start(const paged_cuda_call &call, const Group &group, const HopperItem &item, Rows &rows) {
        Block &block = rows.block;
        block.tile = item.tile;
        block.part = item.part;
        block.head = item.head;
        load_queries(call, group, block);
        const int first = group.number * Layout::group_rows;
        const int last = smaller(block.tile.row_count, first + Layout::group_rows) - 1;
        rows.states = start_rows(call, block, first + group.thread / 32 * 16 + group.lane / 4);
        const Visible all = seen_by_all(call, block.tile, first, last);
        rows.seen_by_all = {greater(all.first, block.part.first), smaller(all.end, block.part.end)};
        const int begin = last < first ? 0 : visible(call, block.tile, first).first;
        const int end = last < first ? 0 : visible(call, block.tile, last).end;
        rows.first_base = greater(begin, block.part.first) / keys * keys;
        rows.end = smaller(end, block.part.end);
        PAGED_UNROLL
        for (int index = 0; index < 4 * columns; ++index) rows.values[index / 4][index % 4] = 0;
    }

    // Turns products of a tile into weights.
    static PAGED_DEVICE void weigh(
        Rows &rows, const LogitUnit &unit, int base, u32 mapped, float (&products)[keys / 8][4], float (&factors)[2], int lane
    ) {
        if (unit.cap > 0) {
            Softmax::cap(unit, products);
        } else if (unit.before != 0) {
            Softmax::scale(unit, products);
        }
        if (is_partial(rows, base) || mapped != (1u << keys / 16) - 1) {
            Softmax::mask(rows.states, base, mapped, products, lane);
        }
        Softmax::weigh(rows.states, unit.unit, products, factors);
    }

    // Whether some row of the group does not see all of a tile.
    static PAGED_DEVICE bool is_partial(const Rows &rows, int base) {
        return base < rows.seen_by_all.first || base + keys > rows.seen_by_all.end;
    }

    static PAGED_DEVICE void pack(Rows &rows, const float (&weights)[keys / 8][4]) {
        PAGED_UNROLL
        for (int step = 0; step < keys / 16; ++step) pack_weights<Element>(weights + 2 * step, rows.weights[step]);
    }

    // Whether a value that some row of the group does not see is no number. A box has all that lies in a block, so this asks for
    // more than whether a tile has keys that are somebody's.
    static PAGED_DEVICE bool has_no_number(const Group &group, const Rows &rows, int base, const u8 *tile) {
        const int first = rows.seen_by_all.first - base, end = rows.seen_by_all.end - base;
        u32 found = 0;
        PAGED_NO_UNROLL
        for (int index = group.thread; index < keys * columns; index += 128) {
            const int key = index / columns, chunk = index % columns;
            if (key >= first && key < end) continue;
            const Chunk values = *(const Chunk *)(tile + chunk / 8 * Layout::key_panel + swizzled(key, chunk % 8));
            PAGED_UNROLL
            for (int pair = 0; pair < 4; ++pair) found |= no_numbers<Element>(values.pairs[pair]);
        }
        return named_barrier_any(group_barrier + group.number, 128, found != 0);
    }

    // Where the values of a tile are for the products. If one has to be kept from a row, they are added here, and what is left for
    // the products is nothing.
    static PAGED_DEVICE ValuesAddress prepare_values(
        const Group &group, Rows &rows, int base, const RingPlace &at, const float (&weights)[keys / 8][4]
    ) {
        const u8 *tile = group.shared.side(2 * at.stage + 1);
        pack(rows, weights);
        if constexpr (Cache::has_no_numbers) {
            if (is_partial(rows, base)) {
                barrier_wait(group.shared.full(2 * at.stage + 1), at.parity);
                if (has_no_number(group, rows, base, tile)) {
                    const auto place = [=](int key, int chunk) {
                        return tile + chunk / 8 * Layout::key_panel + swizzled(key, chunk % 8);
                    };
                    SeenValues<Element, keys, columns>::add(rows.states, base, weights, rows.values, place, group.lane);
                    PAGED_UNROLL
                    for (int index = 0; index < keys / 4; ++index) rows.weights[index / 4][index % 4] = 0;
                    return {products_address(group.shared.zeros(), 0, 0), 0, 0};
                }
            }
        }
        return address_of_values(tile);
    }

    static PAGED_DEVICE void scale_values(Rows &rows, const float (&factors)[2]) {
        PAGED_UNROLL
        for (int index = 0; index < 4 * columns; ++index) rows.values[index / 4][index % 4] *= factors[index % 4 / 2];
    }

    // Waits for a tile that no row of the group sees, and gives it back.
    static PAGED_DEVICE void skip(const Group &group, RingPlace &at) {
        group.await_turn();
        group.pass_turn();
        PAGED_UNROLL
        for (int side = 0; side < 2; ++side) {
            barrier_wait(group.shared.full(2 * at.stage + side), at.parity);
            group.give_back(2 * at.stage + side);
        }
        at.advance();
    }

    // Waits for the values of a tile, and begins to add them.
    static PAGED_DEVICE void begin_values(const Group &group, Rows &rows, const RingPlace &at, const ValuesAddress &values) {
        barrier_wait(group.shared.full(2 * at.stage + 1), at.parity);
        begin_values(rows, values);
    }

    // Takes weights from the products of a tile. Those with the values of the tile before, if there is one, may still be under way;
    // ptxas 12.6 waits for them as well before it takes exponents.
    static PAGED_DEVICE ValuesAddress weigh_tile(
        const Group &group, Rows &rows, const LogitUnit &unit, int base, const RingPlace &at, bool is_first,
        float (&products)[keys / 8][4]
    ) {
        float factors[2];
        hold<keys / 2>(products[0]);
        const u32 mapped = *group.shared.mapped(at.stage);
        group.give_back(2 * at.stage);
        weigh(rows, unit, base, mapped, products, factors, group.lane);
        wait_for_products<0>();
        hold<4 * columns>(rows.values[0]);
        if (!is_first) group.give_back(2 * (at.stage ^ 1) + 1);
        scale_values(rows, factors);
        return prepare_values(group, rows, base, at, products);
    }

    // Goes through the tiles that rows of the group see, from a position on, and returns the position after them.
    static PAGED_DEVICE int attend_seen(
        const paged_cuda_call &call, const Group &group, Rows &rows, RingPlace &at, int base
    ) {
        const LogitUnit unit(call, rows.block.product_scale);
        float products[keys / 8][4];
        barrier_wait(group.shared.full(2 * at.stage), at.parity);
        group.await_turn();
        begin_keys(group, 2 * at.stage, products);
        group.pass_turn();
        wait_for_products<0>();
        bool is_first = true;
        RingPlace before;
        ValuesAddress values;
        PAGED_NO_UNROLL
        while (true) {
            values = weigh_tile(group, rows, unit, base, at, is_first, products);
            is_first = false;
            before = at;
            at.advance();
            base += keys;
            if (base >= rows.end) break;
            barrier_wait(group.shared.full(2 * at.stage), at.parity);
            group.await_turn();
            begin_keys(group, 2 * at.stage, products);
            begin_values(group, rows, before, values);
            group.pass_turn();
            wait_for_products<1>();
        }
        begin_values(group, rows, before, values);
        wait_for_products<0>();
        hold<4 * columns>(rows.values[0]);
        group.give_back(2 * before.stage + 1);
        return base;
    }

    static PAGED_DEVICE void attend(const paged_cuda_call &call, const Group &group, Rows &rows, RingPlace &at) {
        int base = first_base<keys>(rows.block.part);
        PAGED_NO_UNROLL
        for (; base < rows.block.part.end && (base < rows.first_base || base >= rows.end); base += keys) skip(group, at);
        if (base < rows.block.part.end) base = attend_seen(call, group, rows, at, base);
        PAGED_NO_UNROLL
        for (; base < rows.block.part.end; base += keys) skip(group, at);
    }

    // Stores a warp's rows of output, which pass through where its queries were, so that rows are written as a whole.
    static PAGED_DEVICE void store_output(const paged_cuda_call &call, const Group &group, const Rows &rows) {
        const Block &block = rows.block;
        u8 *output = group.shared.queries(group.number);
        const int warp_row = group.thread / 32 * 16;
        PAGED_UNROLL
        for (int index = 0; index < 2; ++index) {
            const int row = warp_row + group.lane / 4 + 8 * index, tile_row = group.number * Layout::group_rows + row;
            const int head = block.head * call.group_size + (block.tile.first_row + tile_row) % call.group_size;
            const float point = reference_point(rows.states.greatest[index]);
            float factor;
            const float sum = divisor<Element>(call, head, point, row_sum(rows, index), factor);
            const float inverse = sum == 0 ? 0.0f : factor / sum;
            PAGED_UNROLL
            for (int column = 0; column < columns; ++column) {
                const float *values = rows.values[column] + 2 * index;
                const int channel = 8 * column + group.lane % 4 * 2;
                u8 *to = output + column / 8 * Layout::query_panel + swizzled(row, column % 8) + group.lane % 4 * 4;
                if (channel >= call.head_size) continue;
                *(u32 *)to = u32(output_of<Element>(call, block.head, channel, values[0], inverse))
                    | u32(output_of<Element>(call, block.head, channel + 1, values[1], inverse)) << 16;
            }
        }
        warp_barrier();
        PAGED_UNROLL_BY(2)
        for (int index = group.lane; index < 16 * columns; index += 32) {
            const int row = warp_row + index / columns, chunk = index % columns;
            const int tile_row = group.number * Layout::group_rows + row;
            if (tile_row >= block.tile.row_count || 8 * chunk >= call.head_size) continue;
            const long long number = query_row(call, block.tile, block.head, tile_row);
            const u8 *from = output + chunk / 8 * Layout::query_panel + swizzled(row, chunk % 8);
            ((Chunk *)((u16 *)call.output + number * call.value_head_size))[chunk] = *(const Chunk *)from;
        }
        warp_barrier();
    }

    static PAGED_DEVICE float row_sum(const Rows &rows, int index) {
        float sum = rows.states.sum[index];
        sum += shuffle_xor(sum, 1);
        return sum + shuffle_xor(sum, 2);
    }

    // Stores what rows have summed up over one part of several.
    static PAGED_DEVICE void store_part(const paged_cuda_call &call, const Group &group, const Rows &rows, int part) {
        PAGED_UNROLL
        for (int index = 0; index < 2; ++index) {
            const float sum = row_sum(rows, index);
            const int tile_row = group.number * Layout::group_rows + group.thread / 32 * 16 + group.lane / 4 + 8 * index;
            if (tile_row >= rows.block.tile.row_count) continue;
            const long long target = part_row(call, part, query_row(call, rows.block.tile, rows.block.head, tile_row));
            if (group.lane % 4 == 0) {
                call.part_states[2 * target] = rows.states.greatest[index];
                call.part_states[2 * target + 1] = sum;
            }
            float *sums = call.part_sums + target * call.value_head_size + group.lane % 4 * 2;
            PAGED_UNROLL
            for (int column = 0; column < columns; ++column) {
                if (8 * column >= call.head_size) continue;
                sums[8 * column] = rows.values[column][2 * index];
                sums[8 * column + 1] = rows.values[column][2 * index + 1];
            }
        }
    }

    // Adds up the parts of a tile if this group is the last of all that have stored one.
    static PAGED_DEVICE void combine_parts(const paged_cuda_call &call, const Group &group, const HopperItem &item) {
        u32 *arrived = (u32 *)group.shared.queries(group.number);
        memory_fence();
        group.meet();
        if (group.thread == 0) *arrived = add_atomically(call.part_arrivals + item.number, 1);
        group.meet();
        if (*arrived + 1 == 2 * u32(item.part.count)) {
            memory_fence();
            combine<Element>(
                call, item.tile, item.head, item.part.count, (float *)arrived + 4, group.thread, 128);
        }
        group.meet();
    }

    // A multiplying warpgroup, until there is no more work.
    static PAGED_DEVICE void multiply(const paged_cuda_call &call, Group group) {
        RingPlace items, at;
        if (group.number == 1) group.pass_turn();
        PAGED_NO_UNROLL
        while (true) {
            keep(group.thread);  // what could be computed once for all items would take registers from products
            group.lane = group.thread & 31;
            const HopperItem item = Work::receive(group.shared, items, group.lane);
            if (item.tile.row_count == 0) return;
            Rows rows;
            start(call, group, item, rows);
            group.meet();
            attend(call, group, rows, at);
            group.meet();
            if (item.part.count == 1) {
                store_output(call, group, rows);
            } else {
                store_part(call, group, rows, item.part_index);
                combine_parts(call, group, item);
            }
        }
    }

    static PAGED_DEVICE void start_block(const Layout &shared, bool are_boxes, int thread) {
        if (thread < 64) ((Chunk *)shared.zeros())[thread] = Chunk{};
        if (thread == 0) {
            for (int slot = 0; slot < 2 * Layout::stages; ++slot) {
                barrier_start(shared.full(slot), are_boxes ? 1 : 128);
                barrier_start(shared.empty(slot), 8);
            }
            for (int stage = 0; stage < 2; ++stage) {
                barrier_start(shared.item_full(stage), 1);
                barrier_start(shared.item_empty(stage), are_boxes ? 8 : 11);
            }
            publish_barriers();
        }
        publish_to_products();
        block_barrier();
    }

    static PAGED_DEVICE void run(const paged_cuda_call &call, const paged_cuda_tensor_maps &maps) {
        PAGED_SHARED(memory);
        const Layout shared = {memory};
        const int thread = int(threadIdx.x), group = shuffle(thread / 128, 0) - 1;
        start_block(shared, !Cache::is_quantised && maps.are_set != 0, thread);
        if (group < 0) {
            keep_registers<56>();
            HopperProducer<Element, Cache, size>::run(call, maps, shared, thread);
        } else {
            take_registers<224>();
            multiply(call, {shared, group, thread % 128, thread & 31});
        }
    }
};

}  // namespace paged
