// What the warps of a block have summed up, put together in shared memory and stored.
#pragma once
#include "softmax.cuh"

namespace paged {

// Rows of `key_groups` groups of warps that had different keys, each with its state and `size` channels of values.
template <class Element, int size, int rows, int key_groups, int threads> struct RowSums {
    static constexpr int stride = size + 8;

    static PAGED_DEVICE float *states_of(u8 *memory) { return (float *)memory + rows * key_groups * stride; }

    // Leaves a thread's share of its two rows: two channels of each 8.
    static PAGED_DEVICE void leave(
        u8 *memory, int first, const RowStates &states, const float (&sums)[size / 8][4], int lane
    ) {
        PAGED_UNROLL
        for (int row = 0; row < 2; ++row) {
            const int number = first + 8 * row;
            float sum = states.sum[row];
            sum += shuffle_xor(sum, 1);
            sum += shuffle_xor(sum, 2);
            if (lane % 4 == 0) {
                states_of(memory)[2 * number] = states.greatest[row];
                states_of(memory)[2 * number + 1] = sum;
            }
            float *values = (float *)memory + number * stride + lane % 4 * 2;
            PAGED_UNROLL
            for (int column = 0; column < size / 8; ++column) {
                values[8 * column] = sums[column][2 * row];
                values[8 * column + 1] = sums[column][2 * row + 1];
            }
        }
    }

    // Stores every row of the tile.
    static PAGED_DEVICE void store(const paged_cuda_call &call, const Block &block, int thread) {
        const int chunks = call.head_size / 8;
        for (int index = thread; index < block.tile.row_count * chunks; index += threads) {
            store_chunk(call, block, index / chunks, index % chunks);
        }
    }

    // Puts the key groups of a row's chunk together and stores it: as output, or to be added up later.
    static PAGED_DEVICE void store_chunk(const paged_cuda_call &call, const Block &block, int row, int chunk) {
        const float *states = states_of(block.memory);
        float greatest = -infinity(), sum = 0, values[8] = {};
        PAGED_UNROLL
        for (int group = 0; group < key_groups; ++group) {
            greatest = greater(greatest, states[2 * (group * rows + row)]);
        }
        const float point = reference_point(greatest);
        PAGED_UNROLL
        for (int group = 0; group < key_groups; ++group) {
            const int number = group * rows + row;
            const float factor = exponential2(states[2 * number] - point);
            sum += factor * states[2 * number + 1];
            const float *from = (const float *)block.memory + number * stride + 8 * chunk;
            PAGED_UNROLL
            for (int index = 0; index < 8; ++index) values[index] += factor * from[index];
        }
        const int number = query_row(call, block.tile, block.head, row);
        if (block.part.count == 1) {
            store_output(call, block, number, chunk, point, sum, values);
            return;
        }
        const long long target = part_row(call, int(blockIdx.z), number);
        if (chunk == 0) {
            call.part_states[2 * target] = greatest;
            call.part_states[2 * target + 1] = sum;
        }
        PAGED_UNROLL
        for (int index = 0; index < 8; ++index) {
            call.part_sums[target * call.value_head_size + 8 * chunk + index] = values[index];
        }
    }

    static PAGED_DEVICE void store_output(
        const paged_cuda_call &call, const Block &block, int number, int chunk, float point, float sum,
        const float *values
    ) {
        float factor;
        const float all = divisor<Element>(call, number % call.head_count, point, sum, factor);
        const float inverse = all == 0 ? 0.0f : factor / all;
        Chunk output;
        PAGED_UNROLL
        for (int pair = 0; pair < 4; ++pair) {
            const int channel = 8 * chunk + 2 * pair;
            output.pairs[pair] = u32(output_of<Element>(call, block.head, channel, values[2 * pair], inverse))
                | u32(output_of<Element>(call, block.head, channel + 1, values[2 * pair + 1], inverse)) << 16;
        }
        ((Chunk *)((u16 *)call.output + (long long)number * call.value_head_size))[chunk] = output;
    }
};

}  // namespace paged
