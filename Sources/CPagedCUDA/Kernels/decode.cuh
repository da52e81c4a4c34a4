// Attention on tensor cores for few rows: 8, or 16. (SM75: float16 only; SM80 on: all types.)
//
// Keys are the left side of products and rows the right one, so 8 rows cost half of 16:
//
//     logits   16 keys x 16 channels   times   16 channels x 8 rows
//     sums     16 channels x 16 keys   times   16 keys x 8 rows        weights are the logits, transposed in registers
//
// Each of 4 warps has keys of its own, 16 or 32 at a time, and a ring of copies that only it waits for (decode_copies.cuh).
// Shared memory holds keys and values as the cache does, in an order without conflicts of banks (decode_shape.cuh). Codes
// become elements in registers (code_pairs.cuh): channels of a product come in the order in which codes lie in words,
// queries alike (decode_queries.cuh), and the channels of sums are put in order when sums are left.
#pragma once
#include "decode_copies.cuh"
#include "decode_queries.cuh"
#include "decode_values.cuh"
#include "row_sums.cuh"

namespace paged {

template <class Element, class Cache, int size, int rows> struct Decode {
    using Shape = DecodeShape<Element, Cache, size, rows>;
    using Operand = typename Shape::Operand;
    using Codes = typename Shape::Codes;
    using Copies = DecodeCopies<Shape>;
    using Queries = DecodeQueries<Shape>;
    using Sums = RowSums<Element, size, rows, 4, PAGED_CUDA_THREADS>;

    static constexpr int keys = Shape::keys, tiles = Shape::tiles, octets = Shape::octets, groups = Shape::groups;
    static constexpr int stages = Shape::stages, stage_bytes = Shape::stage_bytes, side_bytes = Shape::side_bytes;
    static constexpr int steps = size / 16, loaded_pairs = Shape::loaded_pairs;

    // What a thread holds: of each 8 rows 2 * (lane % 4) and the next.
    struct State {
        typename Queries::Held queries;
        float greatest[groups][2];
        float sum[groups][2];            // this thread's
        float values[steps][groups][4];  // of pairs 2 * step and the next of its channels: see Shape::load
        Visible seen_by_all;             // rows of the tile
    };

    static PAGED_DEVICE void multiply_keys(
        const Block &block, const State &state, int from, float (&products)[tiles][groups][4], int lane
    ) {
        PAGED_UNROLL
        for (int index = 0; index < tiles * groups * 4; ++index) {
            products[index / 4 / groups][index / 4 % groups][index % 4] = 0;
        }
        PAGED_UNROLL
        for (int number = 0; number < Shape::loads; ++number) {
            u32 elements[octets][loaded_pairs];
            Shape::template load<false>(block.memory, from, number, elements);
            PAGED_UNROLL
            for (int pair = 0; pair < loaded_pairs; pair += 2) {
                PAGED_UNROLL
                for (int group = 0; group < groups; ++group) {
                    const u32 first = Queries::word(block, state.queries, group, number * loaded_pairs + pair, lane);
                    const u32 second = Queries::word(block, state.queries, group, number * loaded_pairs + pair + 1, lane);
                    PAGED_UNROLL
                    for (int tile = 0; tile < tiles; ++tile) {
                        const u32 *low = elements[2 * tile], *high = elements[2 * tile + 1];
                        const u32 words[4] = {low[pair], high[pair], low[pair + 1], high[pair + 1]};
                        Operand::multiply(products[tile][group], words, first, second);
                    }
                }
            }
        }
    }

    // Turns products into logits in powers of two.
    static PAGED_DEVICE void scale(const paged_cuda_call &call, const State &state, float (&logits)[tiles][groups][4]) {
        PAGED_UNROLL
        for (int index = 0; index < tiles * groups * 4; ++index) {
            logits[index / 4 / groups][index / 4 % groups][index % 4] *= state.queries.scales[index / 4 % groups][index % 2];
        }
        if (call.softcap <= 0) return;
        const float cap = call.softcap * log2_e;
        PAGED_UNROLL
        for (int index = 0; index < tiles * groups * 4; ++index) {
            float &logit = logits[index / 4 / groups][index / 4 % groups][index % 4];
            logit = cap * (1 - 2 / (exponential2(logit * (2 / call.softcap)) + 1));
        }
    }

    // Makes logits minus infinity where a row does not see the key.
    static PAGED_DEVICE void mask(
        const paged_cuda_call &call, const Block &block, int base, u32 mapped, float (&logits)[tiles][groups][4], int lane
    ) {
        PAGED_UNROLL
        for (int row = 0; row < 2 * groups; ++row) {
            const Visible seen = Shape::seen_by(call, block, row / 2 * 8 + lane % 4 * 2 + row % 2);
            PAGED_UNROLL
            for (int octet = 0; octet < octets; ++octet) {
                const int position = base + 8 * octet + lane / 4;
                const bool is_mapped = mapped >> (tiles - 1 - octet / 2) & 1;
                if (is_mapped && position >= seen.first && position < seen.end) continue;
                logits[octet / 2][row / 2][octet % 2 * 2 + row % 2] = -infinity();
            }
        }
    }

    // Turns logits into weights, the right sides of products, and makes sums relative to the new greatest logit of each row.
    static PAGED_DEVICE void weigh(State &state, const float (&logits)[tiles][groups][4], u32 (&weights)[groups][octets]) {
        float greatest[groups][2];
        bool grows = false;
        PAGED_UNROLL
        for (int row = 0; row < 2 * groups; ++row) {
            float &logit = greatest[row / 2][row % 2];
            logit = state.greatest[row / 2][row % 2];
            PAGED_UNROLL
            for (int octet = 0; octet < octets; ++octet) {
                logit = maximum(logit, logits[octet / 2][row / 2][octet % 2 * 2 + row % 2]);
            }
            PAGED_UNROLL
            for (int distance = 4; distance < 32; distance <<= 1) logit = maximum(logit, shuffle_xor(logit, distance));
            grows |= logit > state.greatest[row / 2][row % 2];
        }
        // Otherwise every factor is 1.
        if (is_any_of_warp(grows)) rescale(state, greatest);
        PAGED_UNROLL
        for (int group = 0; group < groups; ++group) {
            PAGED_UNROLL
            for (int octet = 0; octet < octets; ++octet) {
                float weight[2];
                PAGED_UNROLL
                for (int row = 0; row < 2; ++row) {
                    const float point = reference_point(state.greatest[group][row]);
                    weight[row] = exponential2(logits[octet / 2][group][octet % 2 * 2 + row] - point);
                    state.sum[group][row] += weight[row];
                }
                weights[group][octet] = transpose_matrix(Operand::pack(weight[0], weight[1]));
            }
        }
    }

    static PAGED_DEVICE void rescale(State &state, const float (&greatest)[groups][2]) {
        PAGED_UNROLL
        for (int row = 0; row < 2 * groups; ++row) {
            float &old = state.greatest[row / 2][row % 2];
            const float factor = exponential2(old - reference_point(greatest[row / 2][row % 2]));
            old = greatest[row / 2][row % 2];
            state.sum[row / 2][row % 2] *= factor;
            PAGED_UNROLL
            for (int step = 0; step < steps; ++step) {
                state.values[step][row / 2][row % 2] *= factor;
                state.values[step][row / 2][2 + row % 2] *= factor;
            }
        }
    }

    // Adds weighted values, 0 in place of those that are no numbers if only those are wanted.
    template <bool takes_numbers_only = false>
    static PAGED_DEVICE void add_values(const Block &block, State &state, int from, const u32 (&weights)[groups][octets]) {
        PAGED_UNROLL
        for (int number = 0; number < Shape::loads; ++number) {
            u32 elements[octets][loaded_pairs];
            Shape::template load<true>(block.memory, from + side_bytes, number, elements);
            PAGED_UNROLL
            for (int pair = 0; pair < loaded_pairs; pair += 2) {
                PAGED_UNROLL
                for (int tile = 0; tile < tiles; ++tile) {
                    const u32 *low = elements[2 * tile], *high = elements[2 * tile + 1];
                    u32 words[4] = {low[pair], low[pair + 1], high[pair], high[pair + 1]};
                    if constexpr (takes_numbers_only) {
                        PAGED_UNROLL
                        for (int word = 0; word < 4; ++word) words[word] = numbers_only<Operand>(words[word]);
                    }
                    PAGED_UNROLL
                    for (int group = 0; group < groups; ++group) {
                        float(&sums)[4] = state.values[(number * loaded_pairs + pair) / 2][group];
                        Operand::multiply(sums, words, weights[group][2 * tile], weights[group][2 * tile + 1]);
                    }
                }
            }
        }
    }

    // `from` is where a lane reads, `mapped` has a bit for each 16 keys.
    static PAGED_DEVICE void attend_tile(
        const paged_cuda_call &call, const Block &block, State &state, int base, int stage, int from, u32 mapped,
        int lane
    ) {
        float logits[tiles][groups][4];
        multiply_keys(block, state, from, logits, lane);
        scale(call, state, logits);
        const bool is_whole = mapped == (1u << tiles) - 1 && base >= greater(state.seen_by_all.first, block.part.first)
            && base + keys <= smaller(state.seen_by_all.end, block.part.end);
        if (!is_whole) mask(call, block, base, mapped, logits, lane);
        u32 weights[groups][octets];
        weigh(state, logits, weights);
        if constexpr (Cache::has_no_numbers) {
            using Seen = DecodeValues<Shape>;
            const u8 *values = block.memory + stage + side_bytes;
            if (!is_whole && is_partial(block, state.seen_by_all, base, keys) && Seen::have_no_number(values, lane)) {
                add_values<true>(block, state, from, weights);
                return Seen::add_no_numbers(call, block, base, values, weights, state.values, lane);
            }
        }
        add_values(block, state, from, weights);
    }

    // Goes through the keys, with copies of the next tiles under way.
    static PAGED_DEVICE void attend(const paged_cuda_call &call, const Block &block, State &state, int thread) {
        const int warp = thread >> 5, lane = thread & 31;
        int base = block.part.first / 16 * 16 + keys * warp;
        auto source = Copies::start(call, block, base, lane);
        const int first = 2 * side_bytes * warp;  // of the warp's stages
        int next = first, row = Shape::row_of_lane(lane);
        keep(row);
        PAGED_UNROLL
        for (; next < first + (stages - 1) * stage_bytes; next += stage_bytes) {
            Copies::copy(call, block, source, block.memory + next, lane);
        }
        Queries::load(call, block, state.queries, thread);
        int stage = first;
        PAGED_NO_UNROLL
        for (; base < block.part.end; base += 4 * keys) {
            wait_for_copies<stages - 2>();
            warp_barrier();
            Copies::copy(call, block, source, block.memory + next, lane);
            const u32 mapped = source.mapped >> tiles * (stages - 1) & ((1u << tiles) - 1);
            attend_tile(call, block, state, base, stage, stage + row, mapped, lane);
            next = stage;
            stage = stage + stage_bytes < stages * stage_bytes ? stage + stage_bytes : first;
        }
        wait_for_copies<0>();
        block_barrier();
    }

    static PAGED_DEVICE void start(const paged_cuda_call &call, const Block &block, State &state) {
        state.seen_by_all = seen_by_all(call, block.tile, 0, block.tile.row_count - 1);
        PAGED_UNROLL
        for (int group = 0; group < groups; ++group) {
            PAGED_UNROLL
            for (int row = 0; row < 2; ++row) {
                state.greatest[group][row] = -infinity();
                state.sum[group][row] = 0;
            }
            PAGED_UNROLL
            for (int index = 0; index < steps * 4; ++index) state.values[index / 4][group][index % 4] = 0;
        }
    }

    // Leaves a thread's share of its rows, channels in order.
    static PAGED_DEVICE void leave(u8 *memory, const State &state, int thread) {
        const int lane = thread & 31;
        PAGED_UNROLL
        for (int row = 0; row < 2 * groups; ++row) {
            const int number = (thread >> 5) * rows + row / 2 * 8 + lane % 4 * 2 + row % 2;
            float sum = state.sum[row / 2][row % 2];
            PAGED_UNROLL
            for (int distance = 4; distance < 32; distance <<= 1) sum += shuffle_xor(sum, distance);
            if (lane < 4) {
                Sums::states_of(memory)[2 * number] = state.greatest[row / 2][row % 2];
                Sums::states_of(memory)[2 * number + 1] = sum;
            }
            float *values = (float *)memory + number * Sums::stride + lane / 4 * Codes::pairs;
            PAGED_UNROLL
            for (int pair = 0; pair < Shape::pairs; ++pair) {
                values[pair / Codes::pairs * 8 * Codes::pairs + pair % Codes::pairs] =
                    state.values[pair / 2][row / 2][pair % 2 * 2 + row % 2] * Codes::unit;
            }
        }
    }

    static PAGED_DEVICE void run(const paged_cuda_call &call) {
        static_assert(Shape::is_free_of_conflicts(), "eight keys have a unit in the same banks");
        PAGED_SHARED(memory);
        const int thread = int(threadIdx.x), lane = thread & 31;
        Block block;
        block.memory = memory;
        block.head = int(blockIdx.y);
        block.tile = tile_of(call, int(blockIdx.x), rows, lane);
        if (block.tile.row_count == 0) return;
        block.part = part_of(call, visible(call, block.tile), int(blockIdx.z), 4 * keys);
        if (int(blockIdx.z) >= block.part.count) return;
        State state;
        start(call, block, state);
        attend(call, block, state, thread);
        leave(memory, state, thread);
        block_barrier();
        Sums::store(call, block, thread);
        if (block.part.count == 1) return;
        if (!is_last_part(call, block.part.count, thread, (u32 *)memory)) return;
        combine<Element>(call, block.tile, block.head, block.part.count, (float *)memory + 4, thread, PAGED_CUDA_THREADS);
    }
};

}  // namespace paged
