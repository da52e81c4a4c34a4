// Attention without tiles, in float products, for every architecture and head size: a block of 128 threads for a query row.
//
// The block goes through its keys twice, a thread for a key. First it finds the greatest logit; then it has the weights of
// 128 keys in shared memory at a time, and a thread adds up 8 channels of their values. Logits are computed again instead
// of kept, so nothing grows with the context. Which keys a row has, `Keys` says.
#pragma once
#include "codes.cuh"
#include "parts.cuh"

namespace paged {

// The keys of a row of PagedAttention: the positions that it sees.
struct SeenKeys {
    static constexpr bool has_auxiliary = false;
    int sequence;
    Visible seen;

    static PAGED_DEVICE SeenKeys of(const paged_cuda_call &call, const RowTile &tile) {
        return {tile.sequence, visible(call, tile, 0)};
    }
    PAGED_DEVICE long long count() const { return seen.end - seen.first; }
    // The place of a key in the cache; -1 where there is none.
    PAGED_DEVICE long long place(const paged_cuda_call &call, long long index) const {
        return place_of(call, sequence, seen.first + int(index));
    }
};

template <class Element, class Cache, class Keys> struct Math {
    static constexpr int threads = PAGED_CUDA_THREADS;
    static constexpr int width = 8;  // channels of a thread, of 1024 at most
    using Codes = CodeChunk<Cache::chunk_bytes>;

    // What the block has in shared memory.
    struct Shared {
        long long *places;  // of `threads` keys
        float *weights;     // theirs
        float *query;       // head size
    };

    // Eight channels of a key, or of its value.
    static PAGED_DEVICE void load(
        const paged_cuda_call &call, long long place, int head, int chunk, bool is_value, float (&channels)[width]
    ) {
        const int chunks = call.head_size / 8;
        if constexpr (Keys::has_auxiliary) {
            if (place < 0) {
                const Chunk elements = Keys::auxiliary(call, place, head, is_value)[chunk];
                PAGED_UNROLL
                for (int index = 0; index < width; ++index) channels[index] = element<Element>(elements, index);
                return;
            }
        }
        const Codes *codes = (const Codes *)(is_value ? call.value_cache : call.key_cache);
        const Chunk elements = decode<Element, Cache>(codes[(place * call.key_value_head_count + head) * chunks + chunk]);
        const float *scales = is_value ? call.value_scale : call.key_scale;
        const bool is_per_channel = is_value ? call.value_scale_is_per_channel : call.key_scale_is_per_channel;
        PAGED_UNROLL
        for (int index = 0; index < width; ++index) {
            const float scale = scale_of(scales, is_per_channel, head * call.head_size + width * chunk + index);
            channels[index] = element<Element>(elements, index) * scale;
        }
    }

    static PAGED_DEVICE void load_query(const paged_cuda_call &call, int number, float *query, int thread) {
        const u16 *from = (const u16 *)call.prepared_query + number / call.head_count * call.prepared_query_stride
            + (long long)(number % call.head_count) * call.head_size;
        for (int channel = thread; channel < call.head_size; channel += threads) query[channel] = Element::load(from[channel]);
    }

    // The logit of the key at a place; minus infinity where there is none.
    static PAGED_DEVICE float logit(const paged_cuda_call &call, const float *query, long long place, int head) {
        if (place == -1) return -infinity();
        float product = 0, channels[width];
        PAGED_NO_UNROLL
        for (int chunk = 0; chunk < call.head_size / 8; ++chunk) {
            load(call, place, head, chunk, false, channels);
            PAGED_UNROLL
            for (int index = 0; index < width; ++index) product += query[width * chunk + index] * channels[index];
        }
        return logit_of(call, product);
    }

    // Of all threads, through one float for each warp.
    template <class Operation>
    static PAGED_DEVICE float block_reduce(float value, float *shared, int thread, Operation operation) {
        value = warp_reduce(value, operation);
        block_barrier();
        if (thread % 32 == 0) shared[thread / 32] = value;
        block_barrier();
        value = shared[0];
        PAGED_UNROLL
        for (int warp = 1; warp < threads / 32; ++warp) value = operation(value, shared[warp]);
        return value;
    }

    // Adds the values of the keys in shared memory. What has no weight may be no number, and adds nothing.
    static PAGED_DEVICE void add_values(
        const paged_cuda_call &call, const Shared &shared, float (&values)[width], int count, int head, int thread
    ) {
        if (width * thread >= call.value_head_size) return;
        PAGED_NO_UNROLL
        for (int key = 0; key < count; ++key) {
            const float weight = shared.weights[key];
            if (weight == 0) continue;
            float channels[width];
            load(call, shared.places[key], head, thread, true, channels);
            PAGED_UNROLL
            for (int index = 0; index < width; ++index) values[index] += weight * channels[index];
        }
    }

    static PAGED_DEVICE void store(
        const paged_cuda_call &call, const float (&values)[width], int number, float point, float sum, int thread
    ) {
        float factor;
        const float all = divisor<Element>(call, number % call.head_count, point, sum, factor);
        const float inverse = all == 0 ? 0.0f : factor / all;
        PAGED_UNROLL
        for (int index = 0; index < width; ++index) {
            const int channel = width * thread + index;
            if (channel >= call.value_head_size) break;
            ((u16 *)call.output)[(long long)number * call.value_head_size + channel] =
                Element::store(values[index] * inverse);
        }
    }

    static PAGED_DEVICE void run(const paged_cuda_call &call) {
        PAGED_SHARED(memory);
        const int thread = int(threadIdx.x), head = int(blockIdx.y);
        const RowTile tile = tile_of(call, int(blockIdx.x), 1, thread & 31);
        if (tile.row_count == 0) return;
        const Shared shared = {
            (long long *)memory, (float *)(memory + threads * 8), (float *)(memory + threads * 12)};
        const int number = query_row(call, tile, head, 0);
        load_query(call, number, shared.query, thread);
        block_barrier();
        const Keys keys = Keys::of(call, tile);
        const long long count = keys.count();
        float greatest = -infinity();
        PAGED_NO_UNROLL
        for (long long index = thread; index < count; index += threads) {
            greatest = greater(greatest, logit(call, shared.query, keys.place(call, index), head));
        }
        greatest = block_reduce(greatest, shared.weights, thread, [](float a, float b) { return greater(a, b); });
        const float point = reference_point(greatest);
        float sum = 0, values[width] = {};
        PAGED_NO_UNROLL
        for (long long base = 0; base < count; base += threads) {
            const long long place = base + thread < count ? keys.place(call, base + thread) : -1;
            const float weight = exponential2(logit(call, shared.query, place, head) - point);
            block_barrier();
            shared.places[thread] = place;
            shared.weights[thread] = weight;
            block_barrier();
            sum += weight;
            add_values(call, shared, values, base + threads < count ? threads : int(count - base), head, thread);
        }
        sum = block_reduce(sum, shared.weights, thread, [](float a, float b) { return a + b; });
        store(call, values, number, point, sum, thread);
    }
};

}  // namespace paged
