// Attention on tensor cores for many rows: 64, 16 for each of 4 warps, which share 64 keys (32 for heads above 128 channels)
// at a time. (SM75: float16 only; SM80 on: all types.)
//
// Keys and values are copied from where they lie in the cache, 16 bytes by a thread. Values stay as they are; codes are
// turned into elements by the thread that copied them, once for all rows. A 16-key stretch lies within a block, because
// blocks have 16 places or more, so one look at the block table serves it.
//
// A small one has a single stage instead of a ring: half of the shared memory, for SM75, which copies nothing in the
// background anyway.
#pragma once
#include "cache_tile.cuh"
#include "queries.cuh"
#include "row_sums.cuh"
#include "seen_values.cuh"

namespace paged {

template <class Element, class Cache, int size, bool is_small = false> struct Prompt {
    static constexpr int rows = PAGED_CUDA_PROMPT_ROWS;
    static constexpr int keys = paged_cuda_prompt_keys(size);
    static constexpr int stages = is_small ? 1 : paged_cuda_prompt_stages(Cache::chunk_bytes);
    static constexpr int stage_bytes = paged_cuda_prompt_stage_bytes(size, Cache::chunk_bytes);
    static constexpr int element_row = paged_cuda_element_row(size);
    static constexpr bool keeps_queries = size <= 128;  // in registers
    static constexpr int steps = size / 16;             // products of 16 channels
    static constexpr int columns = size / 8;            // products of 8 channels of values

    // Without copies in the background they go through registers, of which few are left over codes.
    static constexpr int unrolled_copies = is_small && Cache::is_quantised ? 1 : 8;

    using Copies = CacheTile<Element, Cache, size, keys, PAGED_CUDA_THREADS, 2, unrolled_copies>;
    using Sums = RowSums<Element, size, rows, 1, PAGED_CUDA_THREADS>;
    using Seen = SeenValues<Element, keys, columns>;

    // What a thread holds: rows lane / 4 and 8 below it of its warp's 16, two neighbouring channels or keys of each 8.
    struct State {
        RowStates rows;
        int last;             // end of what any row of the warp sees
        Visible seen_by_all;  // rows of the warp
        float values[columns][4];
        u32 queries[keeps_queries ? steps : 1][4];
    };

    static PAGED_DEVICE u8 *stage_of(const Block &block, int stage) { return block.memory + stage * stage_bytes; }
    // Keys and values of codes as elements.
    static PAGED_DEVICE u8 *elements_of(const Block &block) { return block.memory + stages * stage_bytes; }
    // The queries: for good, or where nothing else is at the start.
    static PAGED_DEVICE u8 *queries_of(const Block &block) {
        constexpr int elements = paged_cuda_prompt_element_bytes(size, Cache::chunk_bytes);
        if constexpr (!keeps_queries) return block.memory + stages * stage_bytes + elements;
        return Cache::is_quantised ? elements_of(block) : stage_of(block, stages - 1);
    }

    static PAGED_DEVICE void load_queries(const paged_cuda_call &call, Block &block, State &state, int thread) {
        u8 *queries = queries_of(block);
        Queries<Element, size, rows, PAGED_CUDA_THREADS>::load(call, block, queries, thread);
        if constexpr (keeps_queries) {
            PAGED_UNROLL
            for (int step = 0; step < steps; ++step) load_query(queries, step, state.queries[step], thread);
            block_barrier();
        }
    }

    // 16 channels of the warp's 16 queries.
    static PAGED_DEVICE void load_query(const u8 *queries, int step, u32 *words, int thread) {
        const int lane = thread & 31, row = (thread >> 5) * 16 + (lane & 15);
        load_matrices(words, queries + row * element_row + 16 * (2 * step + (lane >> 4)));
    }

    // The products of 16 rows with the keys of the tile.
    static PAGED_DEVICE void multiply_keys(
        const Block &block, const State &state, const u8 *tile, float (&products)[keys / 8][4], int thread
    ) {
        const int lane = thread & 31, row = (lane >> 4 << 3) + (lane & 7), half = lane >> 3 & 1;
        PAGED_UNROLL
        for (int column = 0; column < keys / 8; ++column) {
            PAGED_UNROLL
            for (int index = 0; index < 4; ++index) products[column][index] = 0;
        }
        PAGED_UNROLL
        for (int step = 0; step < steps; ++step) {
            u32 loaded[4];
            if constexpr (!keeps_queries) load_query(queries_of(block), step, loaded, thread);
            const u32 *query = keeps_queries ? state.queries[keeps_queries ? step : 0] : loaded;
            PAGED_UNROLL
            for (int stretch = 0; stretch < keys; stretch += 16) {
                u32 words[4];
                load_matrices(words, tile + (stretch + row) * element_row + 16 * (2 * step + half));
                Element::multiply(products[stretch / 8], query, words[0], words[1]);
                Element::multiply(products[stretch / 8 + 1], query, words[2], words[3]);
            }
        }
    }

    static PAGED_DEVICE void add_values(State &state, const u8 *tile, const float (&weights)[keys / 8][4], int lane) {
        const int row = (lane >> 3 & 1) * 8 + (lane & 7), half = lane >> 4;
        PAGED_UNROLL
        for (int stretch = 0; stretch < keys; stretch += 16) {
            u32 words[4];
            pack_weights<Element>(weights + stretch / 8, words);
            PAGED_UNROLL
            for (int column = 0; column < columns; column += 2) {
                u32 values[4];
                load_matrices_transposed(values, tile + (stretch + row) * element_row + 16 * (column + half));
                Element::multiply(state.values[column], words, values[0], values[1]);
                Element::multiply(state.values[column + 1], words, values[2], values[3]);
            }
        }
    }

    static PAGED_DEVICE void attend_tile(
        const paged_cuda_call &call, const Block &block, State &state, int base, const u8 *tile, int thread
    ) {
        if (base >= state.last) return;
        float logits[keys / 8][4];
        multiply_keys(block, state, tile, logits, thread);
        mask<keys>(call, block, state.rows, base, logits, thread & 31);
        weigh<keys, columns>(state.rows, logits, state.values);
        const u8 *values = tile + keys * element_row;
        if constexpr (Cache::has_no_numbers) {
            const auto place = [=](int key, int chunk) { return values + key * element_row + 16 * chunk; };
            if (is_partial(block, state.seen_by_all, base, keys) && Seen::has_no_number(place, thread & 31)) {
                return Seen::add(state.rows, base, logits, state.values, place, thread & 31);
            }
        }
        add_values(state, values, logits, thread & 31);
    }

    // Starts to copy a tile.
    static PAGED_DEVICE void copy(const paged_cuda_call &call, const Block &block, int base, int stage, int thread) {
        Copies::copy(call, block, base, stage_of(block, stage), thread);
        commit_copies();
    }

    // Goes through the keys, with copies of the next tiles under way if there is more than one stage.
    static PAGED_DEVICE void attend(const paged_cuda_call &call, Block &block, State &state, int thread) {
        int base = block.part.first / 16 * 16;
        PAGED_UNROLL
        for (int stage = 0; stage < stages - 1; ++stage) copy(call, block, base + stage * keys, stage, thread);
        load_queries(call, block, state, thread);
        PAGED_NO_UNROLL
        for (int stage = 0; base < block.part.end; base += keys) {
            if constexpr (stages == 1) copy(call, block, base, 0, thread);
            wait_for_copies<(stages > 2 ? stages - 2 : 0)>();
            const u8 *tile = stage_of(block, stage);
            if constexpr (Cache::is_quantised) {
                Copies::decode(tile, elements_of(block), thread);
                tile = elements_of(block);
            }
            block_barrier();
            const int next = stage == 0 ? stages - 1 : stage - 1;
            if constexpr (stages > 1) copy(call, block, base + (stages - 1) * keys, next, thread);
            attend_tile(call, block, state, base, tile, thread);
            if constexpr (Cache::is_quantised || stages == 1) block_barrier();
            stage = stage + 1 == stages ? 0 : stage + 1;
        }
        wait_for_copies<0>();
        block_barrier();
    }

    static PAGED_DEVICE void start(const paged_cuda_call &call, const Block &block, State &state, int thread) {
        const int first = (thread >> 5) * 16, lane = thread & 31;
        state.rows = start_rows(call, block, first + lane / 4);
        const int last = smaller(block.tile.row_count, first + 16) - 1;
        state.last = last < first ? 0 : visible(call, block.tile, last).end;
        state.seen_by_all = seen_by_all(call, block.tile, first, last);
        PAGED_UNROLL
        for (int column = 0; column < columns; ++column) {
            PAGED_UNROLL
            for (int index = 0; index < 4; ++index) state.values[column][index] = 0;
        }
    }

    static PAGED_DEVICE void run(const paged_cuda_call &call) {
        PAGED_SHARED(memory);
        const int thread = int(threadIdx.x), lane = thread & 31;
        Block block;
        block.memory = memory;
        block.head = int(blockIdx.y);
        block.tile = tile_of(call, int(blockIdx.x), rows, lane);
        if (block.tile.row_count == 0) return;
        block.part = part_of(call, visible(call, block.tile), int(blockIdx.z), keys);
        if (int(blockIdx.z) >= block.part.count) return;
        State state;
        start(call, block, state, thread);
        attend(call, block, state, thread);
        Sums::leave(block.memory, (thread >> 5) * 16 + lane / 4, state.rows, state.values, lane);
        block_barrier();
        Sums::store(call, block, thread);
        if (block.part.count == 1) return;
        if (!is_last_part(call, block.part.count, thread, (u32 *)memory)) return;
        combine<Element>(call, block.tile, block.head, block.part.count, (float *)memory + 4, thread, PAGED_CUDA_THREADS);
    }
};

}  // namespace paged
