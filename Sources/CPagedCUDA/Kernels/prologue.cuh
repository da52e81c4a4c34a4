// The prologue: queries and keys normalised and rotated, keys and values coded and written to their slots, and the lengths
// made safe for the kernel after it. A warp takes a head of a token and needs nothing of the others.
#pragma once
#include "codes.cuh"
#include "sequences.cuh"

namespace paged {

// Loads a head into `row`, as floats of T-rounded numbers.
template <class Element>
PAGED_DEVICE void load_row(const void *base, long long first, int size, float *row, int lane) {
    const u16 *elements = (const u16 *)base + first;
    PAGED_NO_UNROLL
    for (int channel = 8 * lane; channel < size; channel += 256) {
        const Chunk chunk = *(const Chunk *)(elements + channel);
        PAGED_UNROLL
        for (int index = 0; index < 8; ++index) row[channel + index] = element<Element>(chunk, index);
    }
    warp_barrier();
}

// Divides a row by its root mean square and rounds once.
template <class Element>
PAGED_DEVICE void normalise(const paged_cuda_call &call, const void *weights, float *row, int lane) {
    if (weights == nullptr) return;
    float square = 0;
    PAGED_NO_UNROLL
    for (int channel = lane; channel < call.head_size; channel += 32) square += row[channel] * row[channel];
    square = warp_reduce(square, [](float a, float b) { return a + b; });
    const float factor = reciprocal_root(square / float(call.head_size) + call.epsilon);
    PAGED_NO_UNROLL
    for (int channel = lane; channel < call.head_size; channel += 32) {
        const float weight = Element::load(((const u16 *)weights)[channel]);
        row[channel] = Element::load(Element::store(row[channel] * factor * weight));
    }
    warp_barrier();
}

// Rotates the channel pairs of a row by its position and rounds once.
template <class Element>
PAGED_DEVICE void rotate(const paged_cuda_call &call, int position, float *row, int lane) {
    if (call.cosine_cache == nullptr || position >= call.rotary_position_count) return;
    const int half = call.rotary_half;
    const u16 *cosines = (const u16 *)call.cosine_cache + (long long)position * half;
    const u16 *sines = (const u16 *)call.sine_cache + (long long)position * half;
    const int step = call.rotary_interleaved ? 1 : half;
    PAGED_NO_UNROLL
    for (int pair = lane; pair < half; pair += 32) {
        float *first = row + call.rotary_offset + (call.rotary_interleaved ? 2 * pair : pair);
        const float cosine = Element::load(cosines[pair]), sine = Element::load(sines[pair]);
        const float x = first[0], y = first[step];
        first[0] = Element::load(Element::store(x * cosine - y * sine));
        first[step] = Element::load(Element::store(y * cosine + x * sine));
    }
    warp_barrier();
}

// The place that a token's key and value are written to; -1: none.
PAGED_DEVICE long long destination(const paged_cuda_call &call, int token, const TokenPlace &place) {
    if (place.position < 0) return -1;
    if (call.slot_mapping == nullptr) return place_of(call, place.sequence, place.position);
    const int slot = call.slot_mapping[token];
    return slot >= 0 && slot < (long long)call.block_count << call.block_shift ? slot : -1;
}

// Codes a row and stores it as row `number` of a cache or of the workspace.
template <class Element, class Cache>
PAGED_DEVICE void store_row(
    void *target, long long number, int size, const float *scales, bool is_per_channel, const float *row, int lane
) {
    const int chunks = size / 8;
    auto *codes = (CodeChunk<Cache::chunk_bytes> *)target + number * chunks;
    PAGED_NO_UNROLL
    for (int chunk = lane; chunk < chunks; chunk += 32) {
        const float *scale = scales + (is_per_channel ? 8 * chunk : 0);
        codes[chunk] = encode<Element, Cache>(row + 8 * chunk, scale, is_per_channel);
    }
}

// One head of a token: where it comes from, and what is done with it.
struct HeadSource {
    enum Kind { query, key, value, nothing } kind;
    int head;
    const void *base;
    long long stride;
};

PAGED_DEVICE HeadSource source_of(const paged_cuda_call &call, int index) {
    const bool prepares = call.query_norm_weight != nullptr || call.cosine_cache != nullptr;
    const int queries = prepares ? call.head_count : 0, keys = call.key_value_head_count;
    if (index < queries) return {HeadSource::query, index, call.query, call.query_stride};
    index -= queries;
    if (index < keys) return {HeadSource::key, index, call.key, call.key_value_stride};
    index -= keys;
    const bool exists = index < keys && call.value != nullptr;
    return {exists ? HeadSource::value : HeadSource::nothing, index, call.value, call.key_value_stride};
}

template <class Element, class Cache>
PAGED_DEVICE void write_head(
    const paged_cuda_call &call, int token, const TokenPlace &place, const HeadSource &source, float *row, int lane
) {
    const int size = call.head_size, head = source.head;
    const bool is_query = source.kind == HeadSource::query, is_value = source.kind == HeadSource::value;
    const long long slot = is_query ? place.position : destination(call, token, place);
    if (slot < 0) return;
    load_row<Element>(source.base, token * source.stride + (long long)head * size, size, row, lane);
    if (!is_value) {
        normalise<Element>(call, is_query ? call.query_norm_weight : call.key_norm_weight, row, lane);
        rotate<Element>(call, place.position, row, lane);
    }
    if (is_query) {
        const long long number = (long long)token * call.head_count + head;
        store_row<Element, Values>((void *)call.prepared_query, number, size, nullptr, false, row, lane);
        return;
    }
    const bool is_per_channel = is_value ? call.value_scale_is_per_channel : call.key_scale_is_per_channel;
    const float *scales = is_value ? call.value_scale : call.key_scale;
    store_row<Element, Cache>(
        is_value ? call.value_cache : call.key_cache, slot * call.key_value_head_count + head, size,
        scales + (is_per_channel ? head * size : 0), is_per_channel, row, lane);
}

// What the attention kernel relies on: lengths, and no part done yet.
PAGED_DEVICE void begin_call(const paged_cuda_call &call, int thread, int threads) {
    if (thread < 32) store_lengths(call, thread);
    for (int index = thread; index < call.part_arrival_count; index += threads) call.part_arrivals[index] = 0;
}

template <class Element, class Cache> PAGED_DEVICE void prologue(const paged_cuda_call &call) {
    PAGED_SHARED(shared);
    const int token = int(blockIdx.x), thread = int(threadIdx.x), lane = thread & 31, warp = thread >> 5;
    if (token == call.token_count) {
        if (blockIdx.y == 0) begin_call(call, thread, PAGED_CUDA_THREADS);
        return;
    }
    const HeadSource source = source_of(call, int(blockIdx.y) * (PAGED_CUDA_THREADS / 32) + warp);
    if (source.kind == HeadSource::nothing) return;
    const TokenPlace place = place_of_token(call, token, lane);
    write_head<Element, Cache>(call, token, place, source, (float *)shared + warp * call.head_size, lane);
}

}  // namespace paged
