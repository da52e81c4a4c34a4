// Attention over latent rows on tensor cores (SM80 on): one cache, whose rows are keys of up to 576 channels and whose first
// channels, up to 512, are the values.
//
// A block has 64 queries of a token's many heads and 8 warps, and goes through 32 keys at a time, copied once for both uses:
//
//     logits   warp w: 16 rows w % 4 with 16 keys w / 4
//     weights  in shared memory, after the two warps of a row have agreed on its greatest logit
//     sums     warp w: all 64 rows, 64 channels from 64 * w on
#pragma once
#include "queries.cuh"
#include "seen_values.cuh"

namespace paged {

template <class Element, class Cache, int size> struct Latent {
    static_assert(size >= 512, "every warp reads 64 channels of a row");
    static constexpr int threads = PAGED_CUDA_LATENT_THREADS;
    static constexpr int rows = PAGED_CUDA_LATENT_ROWS;
    static constexpr int keys = 32;
    static constexpr int stages = 2;
    static constexpr int row_tiles = rows / 16;
    static constexpr int columns = 8;  // products of 8 channels for a warp
    static constexpr int element_row = paged_cuda_element_row(size);
    static constexpr int weight_row = paged_cuda_element_row(keys);
    static constexpr int stage_bytes = keys * paged_cuda_copied_row(size, Cache::chunk_bytes);

    using Copies = CacheTile<Element, Cache, size, keys, threads, 1>;

    // Where things are in shared memory.
    struct Shared {
        u8 *stages;
        u8 *elements;
        u8 *queries;
        u8 *weights;
        float *factors;   // of rows
        float *greatest;  // of rows, for each of the two stretches of keys
    };

    // What a thread holds.
    struct State {
        RowStates rows;  // sums over the warp's keys
        Visible seen_by_all;
        float values[row_tiles][columns][4];
    };

    static PAGED_DEVICE Shared shared_of(u8 *memory) {
        Shared shared;
        shared.stages = memory;
        shared.elements = memory + stages * stage_bytes;
        shared.queries = shared.elements + (Cache::is_quantised ? keys * element_row : 0);
        shared.weights = shared.queries + rows * element_row;
        shared.factors = (float *)(shared.weights + rows * weight_row);
        shared.greatest = shared.factors + rows;
        return shared;
    }

    // The row of the tile that a thread's row 0 or 1 is in the products of its warp.
    static PAGED_DEVICE int row_of(int thread, int row) {
        return (thread >> 5) % row_tiles * 16 + (thread & 31) / 4 + 8 * row;
    }

    static PAGED_DEVICE void multiply_keys(const Shared &shared, const u8 *tile, float (&products)[2][4], int thread) {
        const int lane = thread & 31, warp = thread >> 5;
        const u8 *query = shared.queries + (warp % row_tiles * 16 + (lane & 15)) * element_row + 16 * (lane >> 4);
        const u8 *key =
            tile + (warp / row_tiles * 16 + (lane >> 4 << 3) + (lane & 7)) * element_row + 16 * (lane >> 3 & 1);
        PAGED_UNROLL
        for (int index = 0; index < 8; ++index) products[index / 4][index % 4] = 0;
        PAGED_UNROLL_BY(4)
        for (int step = 0; step < size / 16; ++step) {
            u32 a[4], b[4];
            load_matrices(a, query + 32 * step);
            load_matrices(b, key + 32 * step);
            Element::multiply(products[0], a, b[0], b[1]);
            Element::multiply(products[1], a, b[2], b[3]);
        }
    }

    // Turns products into logits, and leaves the greatest of each row for the warp that has its other keys.
    static PAGED_DEVICE void mask(
        const paged_cuda_call &call, const Block &block, const Shared &shared, const State &state, int base,
        float (&products)[2][4], int thread
    ) {
        const int lane = thread & 31, stretch = (thread >> 5) / row_tiles, first = base + 16 * stretch;
        const bool is_mapped = place_of(call, block.tile.sequence, first) >= 0;
        float greatest[2] = {-infinity(), -infinity()};
        PAGED_UNROLL
        for (int index = 0; index < 8; ++index) {
            const int position = first + index / 4 * 8 + lane % 4 * 2 + index % 2, row = index % 4 / 2;
            const bool sees = is_mapped && position >= state.rows.seen[row].first && position < state.rows.seen[row].end;
            float &logit = products[index / 4][index % 4];
            logit = sees ? logit_of(call, logit * block.product_scale) : -infinity();
            greatest[row] = greater(greatest[row], logit);
        }
        PAGED_UNROLL
        for (int row = 0; row < 2; ++row) {
            greatest[row] = greater(greatest[row], shuffle_xor(greatest[row], 1));
            greatest[row] = greater(greatest[row], shuffle_xor(greatest[row], 2));
            if (lane % 4 == 0) shared.greatest[stretch * rows + row_of(thread, row)] = greatest[row];
        }
    }

    // Turns logits into weights, and leaves what the sums of a row have to be multiplied with.
    static PAGED_DEVICE void weigh(const Shared &shared, State &state, float (&logits)[2][4], int thread) {
        const int lane = thread & 31, stretch = (thread >> 5) / row_tiles;
        PAGED_UNROLL
        for (int row = 0; row < 2; ++row) {
            const int number = row_of(thread, row);
            const float found = greater(shared.greatest[number], shared.greatest[rows + number]);
            const float greatest = greater(state.rows.greatest[row], found), point = reference_point(greatest);
            const float factor = exponential2(state.rows.greatest[row] - point);
            state.rows.greatest[row] = greatest;
            state.rows.sum[row] *= factor;
            PAGED_UNROLL
            for (int column = 0; column < 2; ++column) {
                const float low = exponential2(logits[column][2 * row] - point);
                const float high = exponential2(logits[column][2 * row + 1] - point);
                state.rows.sum[row] += low + high;
                u8 *weights = shared.weights + number * weight_row + 32 * stretch + 16 * column;
                ((u32 *)weights)[lane % 4] = Element::pack(low, high);
            }
            if (stretch == 0 && lane % 4 == 0) shared.factors[number] = factor;
        }
    }

    // In tiles that not all rows see, values that are no numbers count as 0: they are part of the key, so a row that sees
    // them has no weights that are numbers.
    static PAGED_DEVICE void add_values(
        const Shared &shared, State &state, const u8 *tile, bool is_partial, int thread
    ) {
        const int lane = thread & 31, warp = thread >> 5;
        PAGED_UNROLL
        for (int index = 0; index < 2 * row_tiles; ++index) {
            const float factor = shared.factors[index / 2 * 16 + lane / 4 + index % 2 * 8];
            PAGED_UNROLL
            for (int column = 0; column < columns; ++column) {
                state.values[index / 2][column][index % 2 * 2] *= factor;
                state.values[index / 2][column][index % 2 * 2 + 1] *= factor;
            }
        }
        PAGED_UNROLL
        for (int stretch = 0; stretch < keys; stretch += 16) {
            const int key = stretch + (lane >> 3 & 1) * 8 + (lane & 7);
            u32 values[columns / 2][4];
            PAGED_UNROLL
            for (int pair = 0; pair < columns / 2; ++pair) {
                const int chunk = warp * columns + 2 * pair + (lane >> 4);
                load_matrices_transposed(values[pair], tile + key * element_row + 16 * chunk);
            }
            if (Cache::has_no_numbers && is_partial) {
                PAGED_UNROLL
                for (int index = 0; index < 2 * columns; ++index) {
                    u32 &pair = values[index / 4][index % 4];
                    pair = numbers_only<Element>(pair);
                }
            }
            PAGED_UNROLL
            for (int rows_from = 0; rows_from < row_tiles; ++rows_from) {
                u32 weights[4];
                const u8 *row = shared.weights + (rows_from * 16 + (lane & 15)) * weight_row;
                load_matrices(weights, row + 2 * stretch + 16 * (lane >> 4));
                PAGED_UNROLL
                for (int column = 0; column < columns; ++column) {
                    const u32 *value = values[column / 2] + column % 2 * 2;
                    Element::multiply(state.values[rows_from][column], weights, value[0], value[1]);
                }
            }
        }
    }

    static PAGED_DEVICE void attend(
        const paged_cuda_call &call, Block &block, const Shared &shared, State &state, int thread
    ) {
        int base = block.part.first / 16 * 16;
        Copies::copy(call, block, base, shared.stages, thread);
        commit_copies();
        Queries<Element, size, rows, threads>::load(call, block, shared.queries, thread);
        PAGED_NO_UNROLL
        for (int stage = 0; base < block.part.end; base += keys, stage ^= 1) {
            wait_for_copies<0>();
            const u8 *tile = shared.stages + stage * stage_bytes;
            if constexpr (Cache::is_quantised) {
                Copies::decode(tile, shared.elements, thread);
                tile = shared.elements;
            }
            block_barrier();
            Copies::copy(call, block, base + keys, shared.stages + (stage ^ 1) * stage_bytes, thread);
            commit_copies();
            float logits[2][4];
            multiply_keys(shared, tile, logits, thread);
            mask(call, block, shared, state, base, logits, thread);
            block_barrier();
            weigh(shared, state, logits, thread);
            block_barrier();
            add_values(shared, state, tile, is_partial(block, state.seen_by_all, base, keys), thread);
            if constexpr (Cache::is_quantised) block_barrier();
        }
        wait_for_copies<0>();
        block_barrier();
    }

    // Leaves each row's greatest logit, and the sums of weights of both stretches.
    static PAGED_DEVICE void leave_states(const Shared &shared, const State &state, int thread) {
        const int stretch = (thread >> 5) / row_tiles;
        PAGED_UNROLL
        for (int row = 0; row < 2; ++row) {
            float sum = state.rows.sum[row];
            sum += shuffle_xor(sum, 1);
            sum += shuffle_xor(sum, 2);
            if (thread % 4 != 0) continue;
            shared.greatest[stretch * rows + row_of(thread, row)] = sum;
            if (stretch == 0) shared.factors[row_of(thread, row)] = state.rows.greatest[row];
        }
        block_barrier();
    }

    // Stores the warp's channels of a row: as output, or to be added up later.
    static PAGED_DEVICE void store_row(
        const paged_cuda_call &call, const Block &block, const Shared &shared, const State &state, int index, int thread
    ) {
        const int lane = thread & 31, warp = thread >> 5, row = index / 2 * 16 + lane / 4 + index % 2 * 8;
        if (row >= block.tile.row_count) return;
        const int number = query_row(call, block.tile, block.head, row);
        const float greatest = shared.factors[row], sum = shared.greatest[row] + shared.greatest[rows + row];
        float factor;
        const float all = divisor<Element>(call, number % call.head_count, reference_point(greatest), sum, factor);
        const float inverse = all == 0 ? 0.0f : factor / all;
        const long long target = part_row(call, int(blockIdx.z), number);
        if (block.part.count > 1 && warp == 0 && lane % 4 == 0) {
            call.part_states[2 * target] = greatest;
            call.part_states[2 * target + 1] = sum;
        }
        PAGED_UNROLL
        for (int item = 0; item < 2 * columns; ++item) {
            const int channel = (warp * columns + item / 2) * 8 + lane % 4 * 2 + item % 2;
            if (channel >= call.value_head_size) continue;
            const float value = state.values[index / 2][item / 2][index % 2 * 2 + item % 2];
            if (block.part.count > 1) {
                call.part_sums[target * call.value_head_size + channel] = value;
            } else {
                ((u16 *)call.output)[(long long)number * call.value_head_size + channel] =
                    output_of<Element>(call, block.head, channel, value, inverse);
            }
        }
    }

    static PAGED_DEVICE State start(const paged_cuda_call &call, const Block &block, int thread) {
        State state;
        state.rows = start_rows(call, block, row_of(thread, 0));
        state.seen_by_all = seen_by_all(call, block.tile, 0, block.tile.row_count - 1);
        PAGED_UNROLL
        for (int index = 0; index < row_tiles * columns * 4; ++index) {
            state.values[index / 4 / columns][index / 4 % columns][index % 4] = 0;
        }
        return state;
    }

    static PAGED_DEVICE void run(const paged_cuda_call &call) {
        PAGED_SHARED(memory);
        const int thread = int(threadIdx.x);
        Block block;
        block.memory = memory;
        block.head = int(blockIdx.y);
        block.tile = tile_of(call, int(blockIdx.x), rows, thread & 31);
        if (block.tile.row_count == 0) return;
        block.part = part_of(call, visible(call, block.tile), int(blockIdx.z), keys);
        if (int(blockIdx.z) >= block.part.count) return;
        const Shared shared = shared_of(memory);
        State state = start(call, block, thread);
        attend(call, block, shared, state, thread);
        leave_states(shared, state, thread);
        PAGED_UNROLL
        for (int index = 0; index < 2 * row_tiles; ++index) store_row(call, block, shared, state, index, thread);
        if (block.part.count == 1) return;
        if (!is_last_part(call, block.part.count, thread, (u32 *)memory)) return;
        combine<Element>(call, block.tile, block.head, block.part.count, (float *)memory + 4, thread, threads);
    }
};

}  // namespace paged
