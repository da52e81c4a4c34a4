// The softmax of rows whose products are in registers, as tensor cores leave them: a thread has two neighbouring keys of each
// eight, for row lane / 4 of its warp's 16 and for the row 8 below.
#pragma once
#include "cache_tile.cuh"

namespace paged {

// What a thread knows of its two rows.
struct RowStates {
    Visible seen[2];
    float greatest[2];
    float sum[2];  // this thread's
};

// Rows see nothing outside the block's part, where tiles may reach beyond it. Rows that do not exist see all of it: nobody
// asks for their sums.
PAGED_DEVICE RowStates start_rows(const paged_cuda_call &call, const Block &block, int number) {
    RowStates rows;
    PAGED_UNROLL
    for (int row = 0; row < 2; ++row) {
        const bool exists = number + 8 * row < block.tile.row_count;
        const Visible part = {block.part.first, block.part.end};
        const Visible seen = exists ? visible(call, block.tile, number + 8 * row) : part;
        rows.seen[row] = {greater(seen.first, part.first), smaller(seen.end, part.end)};
        rows.greatest[row] = -infinity();
        rows.sum[row] = 0;
    }
    return rows;
}

// Turns products into logits in powers of two; minus infinity where a row does not see the key.
template <int keys>
PAGED_DEVICE void mask(
    const paged_cuda_call &call, const Block &block, const RowStates &rows, int base, float (&products)[keys / 8][4],
    int lane
) {
    const float scale = block.product_scale;
    if (call.softcap > 0) {
        PAGED_UNROLL
        for (int index = 0; index < keys / 2; ++index) {
            float &logit = products[index / 4][index % 4];
            logit = logit_of(call, logit * scale);
        }
    } else {
        PAGED_UNROLL
        for (int index = 0; index < keys / 2; ++index) products[index / 4][index % 4] *= scale * call.scale * log2_e;
    }
    bool is_whole = true;
    PAGED_UNROLL
    for (int row = 0; row < 2; ++row) is_whole &= base >= rows.seen[row].first && base + keys <= rows.seen[row].end;
    PAGED_UNROLL
    for (int stretch = 0; stretch < keys; stretch += 16) {
        const bool is_mapped = place_of(call, block.tile.sequence, base + stretch) >= 0;
        if (is_whole && is_mapped) continue;
        PAGED_UNROLL
        for (int index = 0; index < 8; ++index) {
            const int position = base + stretch + index / 4 * 8 + lane % 4 * 2 + index % 2;
            const Visible &seen = rows.seen[index % 4 / 2];
            const bool sees = is_mapped && position >= seen.first && position < seen.end;
            if (!sees) products[stretch / 8 + index / 4][index % 4] = -infinity();
        }
    }
}

// Turns logits into weights, and makes the sums relative to the new greatest logit of each row.
template <int keys, int columns>
PAGED_DEVICE void weigh(RowStates &rows, float (&logits)[keys / 8][4], float (&values)[columns][4]) {
    PAGED_UNROLL
    for (int row = 0; row < 2; ++row) {
        float greatest = rows.greatest[row];
        PAGED_UNROLL
        for (int column = 0; column < keys / 8; ++column) {
            greatest = greater(greatest, greater(logits[column][2 * row], logits[column][2 * row + 1]));
        }
        greatest = greater(greatest, shuffle_xor(greatest, 1));
        greatest = greater(greatest, shuffle_xor(greatest, 2));
        const float point = reference_point(greatest);
        const float factor = exponential2(rows.greatest[row] - point);
        rows.greatest[row] = greatest;
        rows.sum[row] *= factor;
        PAGED_UNROLL
        for (int column = 0; column < keys / 8; ++column) {
            PAGED_UNROLL
            for (int index = 2 * row; index < 2 * row + 2; ++index) {
                logits[column][index] = exponential2(logits[column][index] - point);
                rows.sum[row] += logits[column][index];
            }
        }
        PAGED_UNROLL
        for (int column = 0; column < columns; ++column) {
            values[column][2 * row] *= factor;
            values[column][2 * row + 1] *= factor;
        }
    }
}

// The weights of 16 keys as the left side of a product.
template <class Element>
PAGED_DEVICE void pack_weights(const float (*weights)[4], u32 (&words)[4]) {
    words[0] = Element::pack(weights[0][0], weights[0][1]);
    words[1] = Element::pack(weights[0][2], weights[0][3]);
    words[2] = Element::pack(weights[1][0], weights[1][1]);
    words[3] = Element::pack(weights[1][2], weights[1][3]);
}

}  // namespace paged
