// What a row of SparsePagedAttention attends to: the positions that PagedAttention attends to, if the node asks for them, then
// what its token selects, positions or rows of the auxiliary tensors. Selected twice counts twice; local positions are
// not added again.
#pragma once
#include "math.cuh"

namespace paged {

struct Candidates {
    static constexpr bool has_auxiliary = true;
    int sequence;
    Visible local;
    int end;  // selected entries are below it
    int entry_count;
    const int32_t *entries;

    static PAGED_DEVICE Candidates of(const paged_cuda_call &call, const RowTile &tile) {
        if (tile.past < 0) return {tile.sequence, {0, 0}, 0, 0, nullptr};
        const int row = tile.first_row / call.group_size, token = tile.first_token + row;
        int end = call.is_causal ? tile.past + row + 1 : tile.length;
        if (call.auxiliary_key != nullptr) end = smaller(call.auxiliary_lengths[tile.sequence], call.auxiliary_capacity);
        const int count = smaller(greater(call.selected_counts[token], 0), call.selected_columns);
        return {
            tile.sequence, call.attends_locally ? visible(call, tile, 0) : Visible{0, 0}, end, count,
            call.selected_indices + (long long)token * call.selected_columns};
    }

    PAGED_DEVICE long long count() const { return local.end - local.first + (long long)entry_count; }

    // Where a candidate lies: a place in the cache, below -1 a row of the auxiliary tensors, or -1 where there is none.
    PAGED_DEVICE long long place(const paged_cuda_call &call, long long index) const {
        const int local_count = local.end - local.first;
        if (index < local_count) return place_of(call, sequence, local.first + int(index));
        const int entry = entries[index - local_count];
        if (entry < 0 || entry >= end) return -1;
        if (call.auxiliary_key != nullptr) return -2 - ((long long)sequence * call.auxiliary_capacity + entry);
        return entry >= local.first && entry < local.end ? -1 : place_of(call, sequence, entry);
    }

    // The auxiliary row of a candidate: its key or its value.
    static PAGED_DEVICE const Chunk *auxiliary(const paged_cuda_call &call, long long place, int head, bool is_value) {
        const int own = call.auxiliary_head_count == 1 ? 0 : head;
        const long long row = (-2 - place) * call.auxiliary_head_count + own;
        return (const Chunk *)(is_value ? call.auxiliary_value : call.auxiliary_key) + row * (call.head_size / 8);
    }
};

}  // namespace paged
