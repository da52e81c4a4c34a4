// The softmax of the SM90 kernel. Products stay as they are until their exponent is taken, which one multiplication and addition
// then scales: powers of two of product * unit - point.
#pragma once
#include "seen_values.cuh"

namespace paged {

// What logits in powers of two are of products. Caps, and scales that keep no order, are done with before.
struct LogitUnit {
    float unit;    // multiplied with when exponents are taken
    float before;  // and before; 0: nothing
    float cap;     // 0: none

    PAGED_DEVICE LogitUnit(const paged_cuda_call &call, float product_scale) {
        const float scale = product_scale * call.scale * log2_e;
        const bool is_plain = call.softcap == 0 && scale > 0 && scale < infinity();
        unit = is_plain ? scale : 1;
        cap = call.softcap * log2_e;
        before = is_plain ? 0 : call.softcap == 0 ? scale : product_scale * call.scale / call.softcap * (2 * log2_e);
    }
};

template <int keys> struct HopperSoftmax {
    static PAGED_DEVICE void scale(const LogitUnit &unit, float (&products)[keys / 8][4]) {
        PAGED_UNROLL
        for (int index = 0; index < keys / 2; ++index) products[index / 4][index % 4] *= unit.before;
    }

    // cap * tanh(product * before / 2)
    static PAGED_DEVICE void cap(const LogitUnit &unit, float (&products)[keys / 8][4]) {
        PAGED_UNROLL
        for (int index = 0; index < keys / 2; ++index) {
            float &product = products[index / 4][index % 4];
            product = unit.cap - 2 * unit.cap * reciprocal(exponential2(product * unit.before) + 1);
        }
    }

    // Minus infinity for keys that a row does not see, of a tile that begins at a position.
    static PAGED_DEVICE void mask(const RowStates &rows, int base, u32 mapped, float (&products)[keys / 8][4], int lane) {
        PAGED_UNROLL
        for (int row = 0; row < 2; ++row) {
            const int first = rows.seen[row].first - base - lane % 4 * 2, end = rows.seen[row].end - base - lane % 4 * 2;
            PAGED_UNROLL
            for (int index = 0; index < keys / 4; ++index) {
                const int key = index / 2 * 8 + index % 2;
                const bool sees = key >= first && key < end && (mapped >> key / 16 & 1) != 0;
                float &product = products[index / 2][2 * row + index % 2];
                product = sees ? product : -infinity();
            }
        }
    }

    // Turns products into weights. The sums so far have to be multiplied with the factor of their row.
    static PAGED_DEVICE void weigh(RowStates &rows, float unit, float (&products)[keys / 8][4], float (&factors)[2]) {
        PAGED_UNROLL
        for (int row = 0; row < 2; ++row) {
            float greatest = -infinity();
            PAGED_UNROLL
            for (int column = 0; column < keys / 8; ++column) {
                greatest = maximum(greatest, maximum(products[column][2 * row], products[column][2 * row + 1]));
            }
            greatest = maximum(greatest, shuffle_xor(greatest, 1));
            greatest = maximum(greatest, shuffle_xor(greatest, 2));
            greatest = maximum(rows.greatest[row], greatest * unit);
            const float point = reference_point(greatest);
            factors[row] = exponential2(rows.greatest[row] - point);
            rows.greatest[row] = greatest;
            float sum = rows.sum[row] * factors[row];
            PAGED_UNROLL
            for (int index = 0; index < keys / 4; ++index) {
                float &weight = products[index / 2][2 * row + index % 2];
                weight = exponential2(weight * unit - point);
                sum += weight;
            }
            rows.sum[row] = sum;
        }
    }
};

}  // namespace paged
