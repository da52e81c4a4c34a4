// The queries of a decode as right sides of products, in the order in which words of keys become elements.
#pragma once
#include "decode_shape.cuh"

namespace paged {

template <class Shape> struct DecodeQueries {
    using Element = typename Shape::Element;
    using Codes = typename Shape::Codes;
    static constexpr int groups = Shape::groups, pairs = Shape::pairs;
    static constexpr bool is_kept = Shape::keeps_queries;  // in registers

    // What a thread holds.
    struct Held {
        float scales[groups][2];  // of products, to logits in powers of two
        u32 words[is_kept ? groups : 1][is_kept ? pairs : 1];
    };

    // The words: where nothing is copied to yet, or for good.
    static PAGED_DEVICE u32 *words_of(const Block &block) {
        return (u32 *)(block.memory + (is_kept ? Shape::stages - 1 : Shape::stages) * Shape::stage_bytes);
    }
    // The word of a thread's pair for a group of rows.
    static PAGED_DEVICE constexpr int word_of(int group, int pair, int lane) {
        return ((group * pairs + pair) / 4 * 32 + lane) * 4 + pair % 4;
    }
    static PAGED_DEVICE float *scales_of(const Block &block) { return (float *)words_of(block) + Shape::rows * pairs * 4; }

    // Eight channels of a query.
    static PAGED_DEVICE Chunk chunk_of(const paged_cuda_call &call, const Block &block, int row, int lane) {
        if (row >= block.tile.row_count || 8 * lane >= call.head_size) return {};
        const int number = query_row(call, block.tile, block.head, row);
        const u16 *from = (const u16 *)call.prepared_query + number / call.head_count * call.prepared_query_stride
            + (long long)(number % call.head_count) * call.head_size;
        return ((const Chunk *)from)[lane];
    }

    // The same times the scales of the keys if each channel has its own, as halves: the greatest exponent of the row becomes
    // 14. Returns what products have to be multiplied with.
    static PAGED_DEVICE float scale_chunk(const paged_cuda_call &call, const Block &block, Chunk &chunk, int lane) {
        const bool has_scales = call.key_scale_is_per_channel && 8 * lane < call.head_size;
        float channels[8];
        int greatest = 0;
        PAGED_UNROLL
        for (int index = 0; index < 8; ++index) {
            channels[index] = element<Element>(chunk, index);
            if (has_scales) channels[index] *= call.key_scale[block.head * call.head_size + 8 * lane + index];
            greatest = greater(greatest, int(bits_of(channels[index]) & 0x7fffffffu));
        }
        const int exponent = smaller(greater(warp_greatest(greatest) >> 23, 15), 254);
        const float factor = float_of(u32(127 + 14 + 127 - exponent) << 23);
        PAGED_UNROLL
        for (int word = 0; word < 4; ++word) {
            const int first = word / Codes::pairs * 2 * Codes::pairs + word % Codes::pairs;
            chunk.pairs[word] = pack_halves(channels[first] * factor, channels[first + Codes::pairs] * factor);
        }
        const float unit = float_of(u32(exponent - 14) << 23) * Codes::unit;
        return call.key_scale_is_per_channel ? unit : unit * call.key_scale[0];
    }

    // Puts the queries where products find them, a warp for a row, and waits for them.
    static PAGED_DEVICE void load(const paged_cuda_call &call, const Block &block, Held &held, int thread) {
        const int lane = thread & 31;
        u32 *words = words_of(block);
        for (int row = thread >> 5; row < Shape::rows; row += 4) {
            Chunk chunk = chunk_of(call, block, row, lane);
            float scale = call.scale * log2_e;
            if constexpr (Shape::Cache::is_quantised) scale *= scale_chunk(call, block, chunk, lane);
            if (lane == 0) scales_of(block)[row] = scale;
            if (lane >= pairs) continue;
            PAGED_UNROLL
            for (int word = 0; word < 4; ++word) {
                constexpr int width = 4 / Codes::pairs;  // words of codes that eight channels have
                const int column = lane % Codes::pairs * width + word / Codes::pairs;
                const int pair = lane / Codes::pairs * Codes::pairs + word % Codes::pairs;
                words[word_of(row / 8, pair, row % 8 * 4 + column)] = chunk.pairs[word];
            }
        }
        block_barrier();
        PAGED_UNROLL
        for (int group = 0; group < groups; ++group) {
            PAGED_UNROLL
            for (int row = 0; row < 2; ++row) held.scales[group][row] = scales_of(block)[8 * group + lane % 4 * 2 + row];
            if constexpr (is_kept) {
                PAGED_UNROLL
                for (int pair = 0; pair < pairs; ++pair) held.words[group][pair] = words[word_of(group, pair, lane)];
            }
        }
        if constexpr (is_kept) block_barrier();
    }

    static PAGED_DEVICE u32 word(const Block &block, const Held &held, int group, int pair, int lane) {
        if constexpr (is_kept) return held.words[group][pair];
        return words_of(block)[word_of(group, pair, lane)];
    }
};

}  // namespace paged
