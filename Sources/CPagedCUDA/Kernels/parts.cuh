// Parts: the keys of a row tile, cut so that all multiprocessors have work, and added up by the block that is last.
//
// A part leaves, for every row, its greatest logit, its sum of weights relative to that, and the weighted sum of values.
// They are added up in the order of parts whichever block is last, so results do not depend on timing.
#pragma once
#include "sequences.cuh"

namespace paged {

constexpr float log2_e = 1.4426950408889634f;
PAGED_DEVICE float infinity() { return float_of(0x7f800000u); }

// What logits are relative to: their greatest, or 0 where there is none yet.
PAGED_DEVICE float reference_point(float greatest) { return greatest == -infinity() ? 0.0f : greatest; }

// A logit in powers of two: scaled and capped.
PAGED_DEVICE float logit_of(const paged_cuda_call &call, float product) {
    float logit = product * call.scale;
    if (call.softcap > 0) {
        const float power = exponential2(logit / call.softcap * (2 * log2_e));
        logit = call.softcap * (1 - 2 / (power + 1));
    }
    return logit * log2_e;
}

// The keys of one part, and how many parts the tile has.
struct Part {
    int first;
    int end;
    int count;
};

// Parts are whole multiples of `unit` keys, and have 256 at least.
PAGED_DEVICE Part part_of(const paged_cuda_call &call, const Visible &range, int index, int unit) {
    const int base = range.first / unit * unit;
    const int units = (range.end - base + unit - 1) / unit;
    const int each = greater((units + call.part_limit - 1) / call.part_limit, greater(256 / unit, 1));
    const int begin = base + index * each * unit;
    return {
        greater(range.first, begin), smaller(range.end, begin + each * unit), greater((units + each - 1) / each, 1)};
}

PAGED_DEVICE long long part_row(const paged_cuda_call &call, int part, int row) {
    return (long long)part * call.token_count * call.head_count + row;
}

// The sum of weights of a row with the sink of its head, and what the other sums have to be multiplied with.
template <class Element>
PAGED_DEVICE float divisor(const paged_cuda_call &call, int head, float greatest, float sum, float &factor) {
    factor = 1;
    if (call.head_sink == nullptr || sum == 0) return sum;
    const float sink = Element::load(((const u16 *)call.head_sink)[head]) * log2_e;
    const float point = greater(greatest, sink);
    factor = exponential2(greatest - point);
    return sum * factor + exponential2(sink - point);
}

// The output of a channel from its weighted sum.
template <class Element>
PAGED_DEVICE u16 output_of(const paged_cuda_call &call, int key_value_head, int channel, float sum, float inverse) {
    const int index = call.value_scale_is_per_channel ? key_value_head * call.head_size + channel : 0;
    return Element::store(sum * inverse * scale_of(call.value_scale, call.value_scale_is_per_channel, index));
}

// Whether this block is the last of its tile's parts. Every thread has stored its share before.
PAGED_DEVICE bool is_last_part(const paged_cuda_call &call, int count, int thread, u32 *shared) {
    memory_fence();
    block_barrier();
    if (thread == 0) {
        *shared = add_atomically(call.part_arrivals + blockIdx.x * gridDim.y + blockIdx.y, 1);
    }
    block_barrier();
    const bool is_last = *shared + 1 == u32(count);
    if (is_last) memory_fence();
    return is_last;
}

// Adds up a row with one warp. `factors` has room for a float for each part.
template <class Element>
PAGED_DEVICE void combine_row(
    const paged_cuda_call &call, int count, int row, int key_value_head, float *factors, int lane
) {
    float greatest = -infinity();
    for (int part = lane; part < count; part += 32) {
        greatest = greater(greatest, load_uncached(call.part_states + 2 * part_row(call, part, row)));
    }
    greatest = warp_reduce(greatest, [](float a, float b) { return greater(a, b); });
    const float point = reference_point(greatest);
    for (int part = lane; part < count; part += 32) {
        factors[part] = exponential2(load_uncached(call.part_states + 2 * part_row(call, part, row)) - point);
    }
    warp_barrier();
    float sum = 0, factor;
    for (int part = 0; part < count; ++part) {
        sum += factors[part] * load_uncached(call.part_states + 2 * part_row(call, part, row) + 1);
    }
    sum = divisor<Element>(call, row % call.head_count, point, sum, factor);
    const float inverse = sum == 0 ? 0.0f : factor / sum;
    for (int channel = lane; channel < call.value_head_size; channel += 32) {
        float total = 0;
        for (int part = 0; part < count; ++part) {
            const float *sums = call.part_sums + part_row(call, part, row) * call.value_head_size;
            total += factors[part] * load_uncached(sums + channel);
        }
        ((u16 *)call.output)[(long long)row * call.value_head_size + channel] =
            output_of<Element>(call, key_value_head, channel, total, inverse);
    }
    warp_barrier();
}

// Adds up the rows of a tile, a warp for each.
template <class Element>
PAGED_DEVICE void combine(
    const paged_cuda_call &call, const RowTile &tile, int key_value_head, int count, float *shared, int thread,
    int threads
) {
    const int warp = thread >> 5;
    for (int row = warp; row < tile.row_count; row += threads >> 5) {
        const int number = query_row(call, tile, key_value_head, row);
        combine_row<Element>(call, count, number, key_value_head, shared + warp * 64, thread & 31);
    }
}

}  // namespace paged
