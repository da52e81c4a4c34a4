// Attention in float products, for every architecture, head size, block size and cache: the kernel that always serves.
//
// A block holds 16 query rows as floats and goes through its keys 32 at a time (16 for heads above 224 channels). Keys and
// values are read where they lie, 8 channels by a thread, and stay in shared memory as elements. A warp has 4 of the rows:
//
//     logits   lane = key,      a chunk of 8 channels of it against the same channels of 4 rows
//     sums     lane = channels lane, lane + 32, ... of 4 rows, key by key
//
// Rows of chunks are an odd number of 16 bytes apart, so neither way meets a bank twice.
#pragma once
#include "codes.cuh"
#include "parts.cuh"

namespace paged {

template <class Element, class Cache, int width> struct Portable {
    static constexpr int threads = PAGED_CUDA_THREADS;
    static constexpr int warps = threads / 32;
    static constexpr int rows = PAGED_CUDA_PORTABLE_ROWS;
    static constexpr int rows_of_warp = rows / warps;

    // What the block has in shared memory.
    struct Shared {
        Chunk *keys;
        Chunk *values;
        float *queries;  // rows * head size
        float *weights;  // rows * 32
        int stride;      // chunks from a key to the next
        int key_count;
    };

    // What a warp knows of its rows.
    struct State {
        Visible seen[rows_of_warp];
        float greatest[rows_of_warp];
        float sum[rows_of_warp];  // this lane's
        float values[rows_of_warp][width];
    };

    static PAGED_DEVICE Shared shared_of(const paged_cuda_call &call, u8 *memory) {
        Shared shared;
        shared.stride = call.head_size / 8 | 1;
        shared.key_count = paged_cuda_portable_keys(call.head_size);
        shared.keys = (Chunk *)memory;
        const int tile = shared.stride * shared.key_count;
        shared.values = call.value_cache == call.key_cache ? shared.keys : shared.keys + tile;
        shared.queries = (float *)(shared.values + tile);
        shared.weights = shared.queries + rows * call.head_size;
        return shared;
    }

    // The queries of the tile, multiplied with the scales of the keys.
    static PAGED_DEVICE void load_queries(
        const paged_cuda_call &call, const RowTile &tile, int head, float *queries, int thread
    ) {
        const int size = call.head_size;
        for (int row = 0; row < tile.row_count; ++row) {
            const int number = query_row(call, tile, head, row);
            const u16 *from = (const u16 *)call.prepared_query
                + number / call.head_count * call.prepared_query_stride
                + (long long)(number % call.head_count) * size;
            for (int channel = thread; channel < size; channel += threads) {
                const int index = call.key_scale_is_per_channel ? head * size + channel : 0;
                const float scale = scale_of(call.key_scale, call.key_scale_is_per_channel, index);
                queries[row * size + channel] = Element::load(from[channel]) * scale;
            }
        }
    }

    // Copies keys or values from a position on as elements; zeros where there are none.
    static PAGED_DEVICE void load_tile(
        const paged_cuda_call &call, const void *cache, const Part &part, int sequence, int head, int base, int chunks,
        const Shared &shared, Chunk *tile, int thread
    ) {
        const int row_chunks = call.head_size / 8;
        for (int index = thread; index < shared.key_count * chunks; index += threads) {
            const int key = index / chunks, chunk = index % chunks, position = base + key;
            const bool is_asked = position >= part.first && position < part.end;
            const long long place = is_asked ? place_of(call, sequence, position) : -1;
            Chunk elements = {};
            if (place >= 0) {
                const long long row = place * call.key_value_head_count + head;
                const auto *codes = (const CodeChunk<Cache::chunk_bytes> *)cache + row * row_chunks;
                elements = decode<Element, Cache>(codes[chunk]);
            }
            tile[key * shared.stride + chunk] = elements;
        }
    }

    // The products of this lane's key with the rows of the warp.
    static PAGED_DEVICE void multiply_keys(
        const paged_cuda_call &call, const Shared &shared, int warp, int lane, float *products
    ) {
        const Chunk *key = shared.keys + lane % shared.key_count * shared.stride;
        const float *queries = shared.queries + warp * rows_of_warp * call.head_size;
        PAGED_UNROLL
        for (int row = 0; row < rows_of_warp; ++row) products[row] = 0;
        PAGED_NO_UNROLL
        for (int chunk = 0; chunk < call.head_size / 8; ++chunk) {
            const Chunk channels = key[chunk];
            PAGED_UNROLL
            for (int row = 0; row < rows_of_warp; ++row) {
                const float *query = queries + row * call.head_size + 8 * chunk;
                PAGED_UNROLL
                for (int index = 0; index < 8; ++index) products[row] += query[index] * element<Element>(channels, index);
            }
        }
    }

    // Turns products into weights, and makes the sums of the rows relative to their new greatest logits.
    static PAGED_DEVICE void weigh(
        const paged_cuda_call &call, const Shared &shared, State &state, const float *products, int position,
        bool exists, int warp, int lane
    ) {
        PAGED_UNROLL
        for (int row = 0; row < rows_of_warp; ++row) {
            const bool sees = exists && position >= state.seen[row].first && position < state.seen[row].end;
            const float logit = sees ? logit_of(call, products[row]) : -infinity();
            const float other = warp_reduce(logit, [](float a, float b) { return greater(a, b); });
            const float greatest = greater(state.greatest[row], other);
            const float point = reference_point(greatest);
            const float factor = exponential2(state.greatest[row] - point);
            const float weight = exponential2(logit - point);
            state.greatest[row] = greatest;
            state.sum[row] = state.sum[row] * factor + weight;
            PAGED_UNROLL
            for (int index = 0; index < width; ++index) state.values[row][index] *= factor;
            shared.weights[(warp * rows_of_warp + row) * 32 + lane] = weight;
        }
        warp_barrier();
    }

    // Adds the weighted values. What has no weight may be no number, and adds nothing.
    static PAGED_DEVICE void add_values(
        const paged_cuda_call &call, const Shared &shared, State &state, int count, int warp, int lane
    ) {
        const float *weights = shared.weights + warp * rows_of_warp * 32;
        PAGED_NO_UNROLL
        for (int key = 0; key < count; ++key) {
            const u16 *value = (const u16 *)(shared.values + key * shared.stride);
            float channels[width];
            PAGED_UNROLL
            for (int index = 0; index < width; ++index) {
                const int channel = lane + 32 * index;
                channels[index] = channel < call.value_head_size ? Element::load(value[channel]) : 0.0f;
            }
            PAGED_UNROLL
            for (int row = 0; row < rows_of_warp; ++row) {
                const float weight = weights[row * 32 + key];
                if (weight == 0) continue;
                PAGED_UNROLL
                for (int index = 0; index < width; ++index) state.values[row][index] += weight * channels[index];
            }
        }
    }

    static PAGED_DEVICE void attend_tile(
        const paged_cuda_call &call, const Shared &shared, State &state, const RowTile &tile, const Part &part,
        int head, int base, int thread
    ) {
        const int lane = thread & 31, warp = thread >> 5, chunks = call.head_size / 8;
        block_barrier();
        load_tile(call, call.key_cache, part, tile.sequence, head, base, chunks, shared, shared.keys, thread);
        if (shared.values != shared.keys) {
            load_tile(call, call.value_cache, part, tile.sequence, head, base, chunks, shared, shared.values, thread);
        }
        block_barrier();
        if (warp * rows_of_warp >= tile.row_count) return;
        const int position = base + lane;
        const bool exists = lane < shared.key_count && position >= part.first && position < part.end
            && place_of(call, tile.sequence, position) >= 0;
        float products[rows_of_warp];
        multiply_keys(call, shared, warp, lane, products);
        weigh(call, shared, state, products, position, exists, warp, lane);
        add_values(call, shared, state, smaller(shared.key_count, part.end - base), warp, lane);
    }

    // Stores a row: its output, or what is to be added up later.
    static PAGED_DEVICE void store_row(
        const paged_cuda_call &call, const State &state, int row, int number, int head, int part, bool is_whole, int lane
    ) {
        const float sum = warp_reduce(state.sum[row], [](float a, float b) { return a + b; });
        const float point = reference_point(state.greatest[row]);
        float factor;
        const float all = divisor<Element>(call, number % call.head_count, point, sum, factor);
        const float inverse = all == 0 ? 0.0f : factor / all;
        const long long target = part_row(call, part, number);
        if (!is_whole && lane == 0) {
            call.part_states[2 * target] = state.greatest[row];
            call.part_states[2 * target + 1] = sum;
        }
        PAGED_UNROLL
        for (int index = 0; index < width; ++index) {
            const int channel = lane + 32 * index;
            if (channel >= call.value_head_size) break;
            const float value = state.values[row][index];
            if (is_whole) {
                ((u16 *)call.output)[(long long)number * call.value_head_size + channel] =
                    output_of<Element>(call, head, channel, value, inverse);
            } else {
                call.part_sums[target * call.value_head_size + channel] = value;
            }
        }
    }

    static PAGED_DEVICE State start(const paged_cuda_call &call, const RowTile &tile, int warp) {
        State state;
        PAGED_UNROLL
        for (int row = 0; row < rows_of_warp; ++row) {
            const int number = warp * rows_of_warp + row;
            state.seen[row] = number < tile.row_count ? visible(call, tile, number) : Visible{0, 0};
            state.greatest[row] = -infinity();
            state.sum[row] = 0;
            PAGED_UNROLL
            for (int index = 0; index < width; ++index) state.values[row][index] = 0;
        }
        return state;
    }

    static PAGED_DEVICE void run(const paged_cuda_call &call) {
        PAGED_SHARED(memory);
        const int thread = int(threadIdx.x), lane = thread & 31, warp = thread >> 5, head = int(blockIdx.y);
        const RowTile tile = tile_of(call, int(blockIdx.x), rows, lane);
        if (tile.row_count == 0) return;
        const Shared shared = shared_of(call, memory);
        const int index = int(blockIdx.z);
        const Part part = part_of(call, visible(call, tile), index, shared.key_count);
        if (index >= part.count) return;
        load_queries(call, tile, head, shared.queries, thread);
        State state = start(call, tile, warp);
        PAGED_NO_UNROLL
        for (int base = part.first / shared.key_count * shared.key_count; base < part.end; base += shared.key_count) {
            attend_tile(call, shared, state, tile, part, head, base, thread);
        }
        PAGED_UNROLL
        for (int row = 0; row < rows_of_warp; ++row) {
            const int number = warp * rows_of_warp + row;
            if (number >= tile.row_count) break;
            store_row(call, state, row, query_row(call, tile, head, number), head, index, part.count == 1, lane);
        }
        if (part.count == 1) return;
        if (!is_last_part(call, part.count, thread, (u32 *)shared.weights)) return;
        combine<Element>(call, tile, head, part.count, shared.weights + 4, thread, threads);
    }
};

}  // namespace paged
