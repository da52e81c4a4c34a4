// The queries of a row tile as elements in shared memory, for tensor cores.
#pragma once
#include "cache_tile.cuh"

namespace paged {

template <class Element, int size, int rows, int threads> struct Queries {
    static constexpr int element_row = paged_cuda_element_row(size);
    static constexpr int chunks = size / 8;

    // The power of two below the greatest scale of the head's keys: queries times scales divided by it cannot leave the
    // range of elements. 1 if the scales are one for all, or no numbers.
    static PAGED_DEVICE float scale_unit(const paged_cuda_call &call, int head, int lane) {
        if (!call.key_scale_is_per_channel) return 1;
        int greatest = 0;
        for (int channel = lane; channel < call.head_size; channel += 32) {
            greatest = greater(greatest, int(bits_of(call.key_scale[head * call.head_size + channel]) & 0x7fffffffu));
        }
        greatest = warp_greatest(greatest) & 0x7f800000;
        return greatest == 0 || greatest == 0x7f800000 ? 1.0f : float_of(u32(greatest));
    }

    // Eight channels of a query, times the scales of the keys where each channel has its own.
    static PAGED_DEVICE Chunk chunk_of(const paged_cuda_call &call, const Block &block, int number, int chunk, float unit) {
        const u16 *from = (const u16 *)call.prepared_query + number / call.head_count * call.prepared_query_stride
            + (long long)(number % call.head_count) * call.head_size;
        Chunk elements = ((const Chunk *)from)[chunk];
        if (!call.key_scale_is_per_channel) return elements;
        const float *scales = call.key_scale + block.head * call.head_size + 8 * chunk;
        PAGED_UNROLL
        for (int pair = 0; pair < 4; ++pair) {
            elements.pairs[pair] = Element::pack(
                low<Element>(elements.pairs[pair]) * (scales[2 * pair] / unit),
                high<Element>(elements.pairs[pair]) * (scales[2 * pair + 1] / unit));
        }
        return elements;
    }

    // Loads the tile, zeros where it has no row or channel, and waits for it.
    static PAGED_DEVICE void load(const paged_cuda_call &call, Block &block, u8 *queries, int thread) {
        const float unit = scale_unit(call, block.head, thread & 31);
        const bool is_one = call.key_scale != nullptr && !call.key_scale_is_per_channel;
        block.product_scale = unit * (is_one ? call.key_scale[0] : 1.0f);
        for (int index = thread; index < rows * chunks; index += threads) {
            const int row = index / chunks, chunk = index % chunks;
            Chunk elements = {};
            if (row < block.tile.row_count && 8 * chunk < call.head_size) {
                elements = chunk_of(call, block, query_row(call, block.tile, block.head, row), chunk, unit);
            }
            ((Chunk *)(queries + row * element_row))[chunk] = elements;
        }
        block_barrier();
    }
};

}  // namespace paged
