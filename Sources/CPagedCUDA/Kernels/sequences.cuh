// Where tokens, rows and positions are, with lengths and tables made safe on the device: every value may be anything.
//
// - Starts are clamped to [0, T], begin with 0, end with T and never decrease.
// - A past length outside [0, capacity - new tokens] makes a sequence invalid: it writes nothing, its output is zero.
// - A block outside the cache is unmapped: its positions are not seen.
#pragma once
#include "elements.cuh"

namespace paged {

PAGED_DEVICE int smaller(int a, int b) { return a < b ? a : b; }
PAGED_DEVICE int greater(int a, int b) { return a > b ? a : b; }
PAGED_DEVICE float greater(float a, float b) { return a > b ? a : b; }

template <class Value, class Operation> PAGED_DEVICE Value warp_reduce(Value value, Operation operation) {
    PAGED_UNROLL
    for (int mask = 16; mask > 0; mask >>= 1) value = operation(value, shuffle_xor(value, mask));
    return value;
}
PAGED_DEVICE int warp_least(int value) {
    return warp_reduce(value, [](int a, int b) { return smaller(a, b); });
}
PAGED_DEVICE int warp_greatest(int value) {
    return warp_reduce(value, [](int a, int b) { return greater(a, b); });
}

PAGED_DEVICE bool is_valid(const paged_cuda_call &call, int past, int count) {
    const long long capacity = (long long)call.blocks_per_sequence << call.block_shift;
    const long long room = capacity > count ? capacity - count : 0;
    return past >= 0 && past <= room;
}

// The sequence of a token and the token's position in it; -1 in an invalid sequence.
struct TokenPlace {
    int sequence;
    int position;
};

// Finds a token's sequence with one warp: the first one whose raw end is beyond the token. It needs no sum over
// sequences, and so no kernel before this one.
PAGED_DEVICE TokenPlace place_of_token(const paged_cuda_call &call, int token, int lane) {
    const int32_t *ends = call.cumulative_sequence_lengths;
    const int count = call.sequence_count;
    int first = count;
    PAGED_NO_UNROLL
    for (int index = 1 + lane; index < count && first == count; index += 32) {
        if (ends[index] > token) first = index;
    }
    first = warp_least(first);
    int start = 0;
    PAGED_NO_UNROLL
    for (int index = 1 + lane; index < first; index += 32) start = greater(start, ends[index]);
    start = warp_greatest(start);
    const int sequence = first - 1;
    const int end = first == count ? call.token_count : smaller(ends[first], call.token_count);
    const int past = call.past_sequence_lengths[sequence];
    const bool valid = is_valid(call, past, end - start);
    return {sequence, valid ? past + token - start : -1};
}

// Stores the safe starts and past lengths of all sequences, with one warp: each lane takes eight neighbours at a time.
PAGED_DEVICE void store_lengths(const paged_cuda_call &call, int lane) {
    constexpr int width = 8;
    const int count = call.sequence_count;
    int before = 0;
    if (lane == 0) call.starts[0] = 0;
    for (int base = 0; base < count; base += 32 * width) {
        int ends[width], running = 0;
        PAGED_UNROLL
        for (int index = 0; index < width; ++index) {
            const int sequence = base + lane * width + index;
            if (sequence + 1 < count) {
                running = greater(running, smaller(call.cumulative_sequence_lengths[sequence + 1], call.token_count));
            } else if (sequence + 1 == count) {
                running = call.token_count;
            }
            ends[index] = running;
        }
        int reached = running;
        PAGED_UNROLL
        for (int distance = 1; distance < 32; distance <<= 1) {
            const int other = shuffle_up(reached, distance);
            if (lane >= distance) reached = greater(reached, other);
        }
        const int lower = shuffle_up(reached, 1);
        int start = lane == 0 ? before : greater(before, lower);
        PAGED_UNROLL
        for (int index = 0; index < width; ++index) {
            const int sequence = base + lane * width + index;
            if (sequence >= count) break;
            const int end = greater(start, ends[index]);
            const int past = call.past_sequence_lengths[sequence];
            call.starts[sequence + 1] = end;
            call.past[sequence] = is_valid(call, past, end - start) ? past : -1;
            start = end;
        }
        before = greater(before, shuffle(reached, 31));
    }
}

// A tile of rows: query heads of one group for neighbouring tokens of one sequence. Row r is head r % group of token
// r / group, both counted from the sequence's first token.
struct RowTile {
    int sequence;
    int first_token;  // the sequence's
    int first_row;    // of the tile
    int row_count;    // rows of the tile that exist; 0: nobody's tile
    int past;         // -1: invalid
    int length;       // positions of the sequence, new tokens included
};

// The tile of an index, found with one warp among starts that never decrease. See paged_cuda_row_tiles.
PAGED_DEVICE RowTile tile_of(const paged_cuda_call &call, int index, int rows, int lane) {
    const int group = call.group_size;
    int sequence = -1;  // the last one whose tiles begin at or before the index
    for (int base = 0; base < call.sequence_count; base += 32) {
        const int candidate = base + lane;
        const bool begins = candidate < call.sequence_count
            && (long long)call.starts[candidate] * group / rows + candidate <= index;
        const int last = warp_greatest(begins ? candidate : -1);
        if (last < 0) break;
        sequence = last;
        if (last < base + 31) break;
    }
    const int start = call.starts[sequence], count = call.starts[sequence + 1] - start;
    const int first = (index - int((long long)start * group / rows) - sequence) * rows;
    RowTile tile;
    tile.sequence = sequence;
    tile.first_token = start;
    tile.first_row = first;
    tile.row_count = smaller(greater(count * group - first, 0), rows);
    tile.past = call.past[sequence];
    tile.length = tile.past + count;
    return tile;
}

// The positions that a row sees: from first up to end. Nothing in an invalid sequence.
struct Visible {
    int first;
    int end;
};

PAGED_DEVICE Visible visible(const paged_cuda_call &call, const RowTile &tile, int row) {
    if (tile.past < 0) return {0, 0};
    const int position = tile.past + (tile.first_row + row) / call.group_size;
    const int first = call.window > 0 && call.window <= position ? position - call.window + 1 : 0;
    return {first, call.is_causal ? position + 1 : tile.length};
}

// The positions that any row of a tile sees.
PAGED_DEVICE Visible visible(const paged_cuda_call &call, const RowTile &tile) {
    if (tile.row_count == 0) return {0, 0};
    return {visible(call, tile, 0).first, visible(call, tile, tile.row_count - 1).end};
}

// The positions that all rows of a tile from one to another see.
PAGED_DEVICE Visible seen_by_all(const paged_cuda_call &call, const RowTile &tile, int first, int last) {
    return {visible(call, tile, last).first, visible(call, tile, first).end};
}

// The row of the output, and of queries, that belongs to a row of a tile.
PAGED_DEVICE int query_row(const paged_cuda_call &call, const RowTile &tile, int head, int row) {
    const int all = tile.first_row + row;
    const int token = tile.first_token + all / call.group_size;
    return token * call.head_count + head * call.group_size + all % call.group_size;
}

// The place, block * block size + offset, of a position of a sequence; -1 where nothing is mapped.
PAGED_DEVICE long long place_of(const paged_cuda_call &call, int sequence, int position) {
    const int column = position >> call.block_shift;
    if (position < 0 || column >= call.blocks_per_sequence) return -1;
    const int block = call.block_table[(long long)sequence * call.blocks_per_sequence + column];
    if (block < 0 || block >= call.block_count) return -1;
    return ((long long)block << call.block_shift) + (position & ((1 << call.block_shift) - 1));
}

// The scale of a channel of a key and value head; 1 where the cache holds values.
PAGED_DEVICE float scale_of(const float *scales, bool is_per_channel, int index) {
    return scales == nullptr ? 1.0f : scales[is_per_channel ? index : 0];
}

}  // namespace paged
