// Attention on tensor cores for few rows: 8, or 16. (SM75: float16 only; SM80 on: all types.)
//
// Keys are the left side of products and rows the right one, so 8 rows cost half of 16:
//
//     logits   16 keys x 16 channels   times   16 channels x 8 rows
//     sums     16 channels x 16 keys   times   16 keys x 8 rows        weights are the logits, transposed in registers
//
// Each of 4 warps has keys of its own, 16 values or 32 codes of a channel at a time, and a ring of copies that only it waits
// for. Shared memory holds keys and values as the cache does, rows of 16-byte units in an order that leaves 8 rows in
// different banks. Codes become elements in registers (code_pairs.cuh): the channels of a product come in the order in which
// codes lie in words, queries alike, and the channels of sums are put in order when sums are left.
//
// A 16-key stretch lies within a block, because blocks have 16 places or more: one look at the block table serves it.
#pragma once
#include "code_pairs.cuh"
#include "row_sums.cuh"
#include "seen_values.cuh"

namespace paged {

// Codes are multiplied as halves: those are exact, and each row of queries is brought into their range.
template <class Element, bool is_quantised> struct OperandOf { using Type = Element; };
template <class Element> struct OperandOf<Element, true> { using Type = Float16; };

template <class Element, class Cache, int size, int rows> struct Decode {
    using Operand = typename OperandOf<Element, Cache::is_quantised>::Type;
    using Codes = CodePairs<Cache>;
    using Sums = RowSums<Element, size, rows, 4, PAGED_CUDA_THREADS>;

    static constexpr int groups = rows / 8;  // of rows: the right sides of a product
    static constexpr int keys = paged_cuda_decode_keys(size, Cache::chunk_bytes, rows);
    static constexpr int tiles = keys / 16;
    static constexpr int octets = keys / 8;
    static constexpr int stages = paged_cuda_decode_stages(Cache::chunk_bytes);
    static constexpr int units = size / 8 * Cache::chunk_bytes / 16;  // 16 bytes of a row
    static constexpr int row_bytes = 16 * units;
    static constexpr int side_bytes = keys * row_bytes;
    static constexpr int stage_bytes = paged_cuda_decode_stage_bytes(size, Cache::chunk_bytes, rows);
    static constexpr int loaded_units = 4 / octets;                   // by one instruction, of all keys
    static constexpr int loaded_pairs = loaded_units * Codes::pairs;  // of eight keys
    static constexpr int loads = units / loaded_units;
    static constexpr int steps = size / 16;
    static constexpr int pairs = size / 8;  // that a thread has of a row
    static constexpr bool keeps_queries = paged_cuda_decode_keeps_queries(size, rows);  // in registers

    // What a thread holds: of each 8 rows 2 * (lane % 4) and the next.
    struct State {
        float scales[groups][2];  // of products, to logits in powers of two
        float greatest[groups][2];
        float sum[groups][2];              // this thread's
        float values[steps][groups][4];    // pairs lane / 4 of the channels that codes 2 * step and the next have
        u32 queries[keeps_queries ? groups : 1][keeps_queries ? pairs : 1];
        Visible seen_by_all;               // rows of the tile
    };

    // What a warp copies next, and where its lane copies from and to.
    struct Source {
        const int *table;      // of the sequence
        const u8 *keys;        // of place 0
        const u8 *values;
        long long block_bytes;
        int place_bytes;
        int target;            // in a tile
        bool is_asked;         // whether the lane's channels exist
        Visible whole;         // positions whose copies are whole
        int end;               // of those that have an entry
        int base;              // of the next keys
        int entries[tiles];    // of the table for them, looked up a step ahead
        u32 mapped;            // a bit for each 16 keys under way, the newest ones lowest
    };

    // The order of a row's units: their low bits change with the key, so that eight keys have a unit in different banks.
    static constexpr int turned = (units & -units) > 8 ? 7 : (units & -units) - 1;
    static PAGED_DEVICE constexpr int turn(int key) {
        return (key & 7) >> (turned == 7 ? 0 : turned == 3 ? 1 : turned == 1 ? 2 : 3);
    }
    static PAGED_DEVICE constexpr int place(int key, int unit) { return key * row_bytes + (unit ^ turn(key)) * 16; }
    static PAGED_DEVICE constexpr bool is_free_of_conflicts() {
        for (int unit = 0; unit < units; ++unit) {
            for (int key = 1; key < 8; ++key) {
                for (int other = 0; other < key; ++other) {
                    if ((place(key, unit) - place(other, unit)) % 128 == 0) return false;
                }
            }
        }
        return true;
    }
    // Places of other units and keys, from one whose bits that change are 0.
    static PAGED_DEVICE int move_unit(int from, int unit) { return (from ^ (unit & turned) * 16) + (unit & ~turned) * 16; }
    static PAGED_DEVICE int move_key(int from, int key) { return (from ^ turn(key) * 16) + key * row_bytes; }

    static constexpr int row_lanes = units <= 2 ? 2 : units <= 4 ? 4 : units <= 8 ? 8 : units <= 16 ? 16 : 32;

    static PAGED_DEVICE Source start_copies(const paged_cuda_call &call, const Block &block, int base, int lane) {
        const int key = lane / row_lanes, unit = lane % row_lanes;
        const int head_bytes = call.head_size / 8 * Cache::chunk_bytes, place_bytes = call.key_value_head_count * head_bytes;
        const long long offset = (long long)key * place_bytes + block.head * head_bytes + 16 * unit;
        Source source;
        source.table = call.block_table + (long long)block.tile.sequence * call.blocks_per_sequence;
        source.keys = (const u8 *)call.key_cache + offset;
        source.values = (const u8 *)call.value_cache + offset;
        source.block_bytes = (long long)place_bytes << call.block_shift;
        source.place_bytes = place_bytes;
        source.target = place(key, unit);
        source.is_asked = 16 * unit < head_bytes;
        source.whole = {block.part.first, call.head_size == size ? block.part.end : 0};
        const long long capacity = (long long)call.blocks_per_sequence << call.block_shift;
        source.end = capacity < block.part.end ? int(capacity) : block.part.end;
        source.base = base;
        source.mapped = 0;
        keep(source.keys);
        keep(source.values);
        keep(source.block_bytes);
        keep(source.target);
        look_up(call, source);
        return source;
    }

    static PAGED_DEVICE void look_up(const paged_cuda_call &call, Source &source) {
        PAGED_UNROLL
        for (int tile = 0; tile < tiles; ++tile) {
            const int position = source.base + 16 * tile;
            source.entries[tile] = -1;
            if (position < source.end) source.entries[tile] = source.table[position >> call.block_shift];
        }
    }

    // Copies 16 keys and values, zeros where nothing is asked for unless all is.
    template <bool is_whole>
    static PAGED_DEVICE void copy_tile(
        const paged_cuda_call &call, const Source &source, int tile, Visible asked, u8 *memory, int lane
    ) {
        constexpr int step = 32 / row_lanes;
        if (row_lanes > units && lane % row_lanes >= units) return;
        const int offset = (source.base + 16 * tile) & ((1 << call.block_shift) - 1);
        const long long from = u32(source.entries[tile]) * source.block_bytes + (long long)offset * source.place_bytes;
        const u8 *key = source.keys + from, *value = source.values + from;
        PAGED_UNROLL
        for (int first = 0; first < 16; first += step) {
            const int number = lane / row_lanes + first;
            const bool is_valid = is_whole || (source.is_asked && number >= asked.first && number < asked.end);
            u8 *target = memory + move_key(source.target, first) + tile * 16 * row_bytes;
            copy_async(target, is_valid ? key : source.keys, is_valid);
            copy_async(target + side_bytes, is_valid ? value : source.values, is_valid);
            key += step * source.place_bytes;
            value += step * source.place_bytes;
        }
    }

    // Starts to copy the next keys to where a warp has a stage, and looks those after them up.
    static PAGED_DEVICE void copy(const paged_cuda_call &call, const Block &block, Source &source, u8 *memory, int lane) {
        bool is_whole = source.base >= source.whole.first && source.base + keys <= source.whole.end;
        PAGED_UNROLL
        for (int tile = 0; tile < tiles; ++tile) is_whole &= u32(source.entries[tile]) < u32(call.block_count);
        if (is_whole) {
            source.mapped = source.mapped << tiles | ((1u << tiles) - 1);
            PAGED_UNROLL
            for (int tile = 0; tile < tiles; ++tile) copy_tile<true>(call, source, tile, {}, memory, lane);
        } else {
            PAGED_UNROLL
            for (int tile = 0; tile < tiles; ++tile) {
                const bool is_mapped = u32(source.entries[tile]) < u32(call.block_count);
                const int first = source.base + 16 * tile;
                source.mapped = source.mapped << 1 | u32(is_mapped);
                const Visible asked = {block.part.first - first, is_mapped ? block.part.end - first : 0};
                copy_tile<false>(call, source, tile, asked, memory, lane);
            }
        }
        commit_copies();
        source.base += 4 * keys;
        look_up(call, source);
    }

    // The queries as right sides of products, and the scales of rows.
    static PAGED_DEVICE u8 *queries_of(const Block &block) {
        return block.memory + (keeps_queries ? stages - 1 : stages) * stage_bytes;
    }
    static PAGED_DEVICE float *scales_of(const Block &block) { return (float *)(queries_of(block) + 2 * rows * size); }
    // The word of pair `pair` of a thread for one group of rows.
    static PAGED_DEVICE constexpr int query_word(int group, int pair, int lane) {
        return ((group * pairs + pair) / 4 * 32 + lane) * 4 + pair % 4;
    }

    // Eight channels of a query, times the scales of the keys where each channel has its own.
    static PAGED_DEVICE Chunk query_chunk(const paged_cuda_call &call, const Block &block, int row, int lane, float &scale) {
        Chunk chunk = {};
        if (row < block.tile.row_count && 8 * lane < call.head_size) {
            const int number = query_row(call, block.tile, block.head, row);
            const u16 *from = (const u16 *)call.prepared_query + number / call.head_count * call.prepared_query_stride
                + (long long)(number % call.head_count) * call.head_size;
            chunk = ((const Chunk *)from)[lane];
        }
        scale = call.scale * log2_e;
        if constexpr (Cache::is_quantised) {
            const bool has_scales = call.key_scale_is_per_channel && 8 * lane < call.head_size;
            float channels[8];
            int greatest = 0;
            PAGED_UNROLL
            for (int index = 0; index < 8; ++index) {
                channels[index] = element<Element>(chunk, index);
                if (has_scales) channels[index] *= call.key_scale[block.head * call.head_size + 8 * lane + index];
                greatest = greater(greatest, int(bits_of(channels[index]) & 0x7fffffffu));
            }
            // The row's greatest exponent becomes 14, which leaves halves room for the rest.
            const int exponent = smaller(greater(warp_greatest(greatest) >> 23, 15), 254);
            const float factor = float_of(u32(127 + 14 + 127 - exponent) << 23);
            scale *= float_of(u32(exponent - 14) << 23) * Codes::unit;
            if (!call.key_scale_is_per_channel) scale *= call.key_scale[0];
            PAGED_UNROLL
            for (int word = 0; word < 4; ++word) {
                const int first = word / Codes::pairs * 2 * Codes::pairs + word % Codes::pairs;
                chunk.pairs[word] = pack_halves(channels[first] * factor, channels[first + Codes::pairs] * factor);
            }
        }
        return chunk;
    }

    // Puts the queries where products find them, a warp for a row, and waits for them.
    static PAGED_DEVICE void load_queries(const paged_cuda_call &call, const Block &block, State &state, int thread) {
        const int lane = thread & 31;
        u32 *words = (u32 *)queries_of(block);
        for (int row = thread >> 5; row < rows; row += 4) {
            float scale;
            const Chunk chunk = query_chunk(call, block, row, lane, scale);
            if (lane == 0) scales_of(block)[row] = scale;
            if (lane >= size / 8) continue;
            PAGED_UNROLL
            for (int word = 0; word < 4; ++word) {
                constexpr int width = 4 / Codes::pairs;  // words of codes that eight channels have
                const int column = lane % Codes::pairs * width + word / Codes::pairs;
                const int pair = lane / Codes::pairs * Codes::pairs + word % Codes::pairs;
                words[query_word(row / 8, pair, row % 8 * 4 + column)] = chunk.pairs[word];
            }
        }
        block_barrier();
        PAGED_UNROLL
        for (int group = 0; group < groups; ++group) {
            PAGED_UNROLL
            for (int row = 0; row < 2; ++row) state.scales[group][row] = scales_of(block)[8 * group + lane % 4 * 2 + row];
            if constexpr (keeps_queries) {
                PAGED_UNROLL
                for (int pair = 0; pair < pairs; ++pair) state.queries[group][pair] = words[query_word(group, pair, lane)];
            }
        }
        if constexpr (keeps_queries) block_barrier();
    }

    static PAGED_DEVICE u32 query(const Block &block, const State &state, int group, int pair, int lane) {
        if constexpr (keeps_queries) return state.queries[group][pair];
        return ((const u32 *)queries_of(block))[query_word(group, pair, lane)];
    }

    // Where a lane reads rows for 8 x 8 matrices: of each eight keys, then of the next unit.
    static PAGED_DEVICE int row_of_lane(int lane) {
        return place((lane >> 3) % octets * 8 + (lane & 7), (lane >> 3) / octets);
    }

    // Loads units of all keys, and makes elements of them.
    template <bool is_transposed>
    static PAGED_DEVICE void load(const u8 *memory, int from, int number, u32 (&elements)[octets][loaded_pairs]) {
        u32 words[4];
        const u8 *row = memory + move_unit(from, number * loaded_units);
        if constexpr (is_transposed) {
            load_matrices_transposed(words, row);
        } else {
            load_matrices(words, row);
        }
        PAGED_UNROLL
        for (int word = 0; word < 4; ++word) {
            Codes::decode(words[word], &elements[word % octets][word / octets * Codes::pairs]);
        }
    }

    static PAGED_DEVICE void multiply_keys(
        const Block &block, const State &state, int from, float (&products)[tiles][groups][4], int lane
    ) {
        PAGED_UNROLL
        for (int index = 0; index < tiles * groups * 4; ++index) products[index / 4 / groups][index / 4 % groups][index % 4] = 0;
        PAGED_UNROLL
        for (int number = 0; number < loads; ++number) {
            u32 elements[octets][loaded_pairs];
            load<false>(block.memory, from, number, elements);
            PAGED_UNROLL
            for (int pair = 0; pair < loaded_pairs; pair += 2) {
                PAGED_UNROLL
                for (int group = 0; group < groups; ++group) {
                    const u32 first = query(block, state, group, number * loaded_pairs + pair, lane);
                    const u32 second = query(block, state, group, number * loaded_pairs + pair + 1, lane);
                    PAGED_UNROLL
                    for (int tile = 0; tile < tiles; ++tile) {
                        const u32(&low)[loaded_pairs] = elements[2 * tile], (&high)[loaded_pairs] = elements[2 * tile + 1];
                        const u32 words[4] = {low[pair], high[pair], low[pair + 1], high[pair + 1]};
                        Operand::multiply(products[tile][group], words, first, second);
                    }
                }
            }
        }
    }

    // Turns products into logits in powers of two.
    static PAGED_DEVICE void scale(const paged_cuda_call &call, const State &state, float (&logits)[tiles][groups][4]) {
        PAGED_UNROLL
        for (int index = 0; index < tiles * groups * 4; ++index) {
            logits[index / 4 / groups][index / 4 % groups][index % 4] *= state.scales[index / 4 % groups][index % 2];
        }
        if (call.softcap <= 0) return;
        const float cap = call.softcap * log2_e;
        PAGED_UNROLL
        for (int index = 0; index < tiles * groups * 4; ++index) {
            float &logit = logits[index / 4 / groups][index / 4 % groups][index % 4];
            logit = cap * (1 - 2 / (exponential2(logit * (2 / call.softcap)) + 1));
        }
    }

    // The positions that a row sees of its part. Rows that do not exist see what the last one sees: nobody asks for them.
    static PAGED_DEVICE Visible seen_by(const paged_cuda_call &call, const Block &block, int row) {
        const Visible seen = visible(call, block.tile, smaller(row, block.tile.row_count - 1));
        return {greater(seen.first, block.part.first), smaller(seen.end, block.part.end)};
    }

    // Makes logits minus infinity where a row does not see the key.
    static PAGED_DEVICE void mask(
        const paged_cuda_call &call, const Block &block, int base, u32 mapped, float (&logits)[tiles][groups][4], int lane
    ) {
        PAGED_UNROLL
        for (int row = 0; row < 2 * groups; ++row) {
            const Visible seen = seen_by(call, block, row / 2 * 8 + lane % 4 * 2 + row % 2);
            PAGED_UNROLL
            for (int octet = 0; octet < octets; ++octet) {
                const int position = base + 8 * octet + lane / 4;
                const bool is_mapped = mapped >> (tiles - 1 - octet / 2) & 1;
                if (is_mapped && position >= seen.first && position < seen.end) continue;
                logits[octet / 2][row / 2][octet % 2 * 2 + row % 2] = -infinity();
            }
        }
    }

    // Turns logits into weights, the right sides of products, and makes sums relative to the new greatest logit of each row.
    static PAGED_DEVICE void weigh(State &state, const float (&logits)[tiles][groups][4], u32 (&weights)[groups][octets]) {
        float greatest[groups][2];
        bool grows = false;
        PAGED_UNROLL
        for (int row = 0; row < 2 * groups; ++row) {
            float &logit = greatest[row / 2][row % 2];
            logit = state.greatest[row / 2][row % 2];
            PAGED_UNROLL
            for (int octet = 0; octet < octets; ++octet) {
                logit = maximum(logit, logits[octet / 2][row / 2][octet % 2 * 2 + row % 2]);
            }
            PAGED_UNROLL
            for (int distance = 4; distance < 32; distance <<= 1) logit = maximum(logit, shuffle_xor(logit, distance));
            grows |= logit > state.greatest[row / 2][row % 2];
        }
        // Otherwise every factor is 1.
        if (is_any_of_warp(grows)) rescale(state, greatest);
        PAGED_UNROLL
        for (int group = 0; group < groups; ++group) {
            PAGED_UNROLL
            for (int octet = 0; octet < octets; ++octet) {
                float weight[2];
                PAGED_UNROLL
                for (int row = 0; row < 2; ++row) {
                    const float point = reference_point(state.greatest[group][row]);
                    weight[row] = exponential2(logits[octet / 2][group][octet % 2 * 2 + row] - point);
                    state.sum[group][row] += weight[row];
                }
                weights[group][octet] = transpose_matrix(Operand::pack(weight[0], weight[1]));
            }
        }
    }

    static PAGED_DEVICE void rescale(State &state, const float (&greatest)[groups][2]) {
        PAGED_UNROLL
        for (int row = 0; row < 2 * groups; ++row) {
            float &old = state.greatest[row / 2][row % 2];
            const float factor = exponential2(old - reference_point(greatest[row / 2][row % 2]));
            old = greatest[row / 2][row % 2];
            state.sum[row / 2][row % 2] *= factor;
            PAGED_UNROLL
            for (int step = 0; step < steps; ++step) {
                state.values[step][row / 2][row % 2] *= factor;
                state.values[step][row / 2][2 + row % 2] *= factor;
            }
        }
    }

    // Adds weighted values, 0 in place of those that are no numbers if only those are wanted.
    template <bool takes_numbers_only = false>
    static PAGED_DEVICE void add_values(
        const Block &block, State &state, int from, const u32 (&weights)[groups][octets]
    ) {
        PAGED_UNROLL
        for (int number = 0; number < loads; ++number) {
            u32 elements[octets][loaded_pairs];
            load<true>(block.memory, from + side_bytes, number, elements);
            PAGED_UNROLL
            for (int pair = 0; pair < loaded_pairs; pair += 2) {
                PAGED_UNROLL
                for (int tile = 0; tile < tiles; ++tile) {
                    const u32(&low)[loaded_pairs] = elements[2 * tile], (&high)[loaded_pairs] = elements[2 * tile + 1];
                    u32 words[4] = {low[pair], low[pair + 1], high[pair], high[pair + 1]};
                    if constexpr (takes_numbers_only) {
                        PAGED_UNROLL
                        for (int word = 0; word < 4; ++word) words[word] = numbers_only<Operand>(words[word]);
                    }
                    PAGED_UNROLL
                    for (int group = 0; group < groups; ++group) {
                        float(&sums)[4] = state.values[(number * loaded_pairs + pair) / 2][group];
                        Operand::multiply(sums, words, weights[group][2 * tile], weights[group][2 * tile + 1]);
                    }
                }
            }
        }
    }

    // Whether a value of the tile is infinite or NaN: the same answer for all lanes.
    static PAGED_DEVICE bool values_have_no_number(const u8 *values, int lane) {
        bool found = false;
        PAGED_NO_UNROLL
        for (int index = lane; index < keys * units; index += 32) {
            const Chunk chunk = ((const Chunk *)values)[index];
            PAGED_UNROLL
            for (int word = 0; word < 4; ++word) {
                found |= Cache::is_quantised ? has_no_number(chunk.pairs[word]) : no_numbers<Element>(chunk.pairs[word]) != 0;
            }
        }
        return is_any_of_warp(found);
    }

    // The value of one of a thread's channels.
    static PAGED_DEVICE float value_of(const u8 *values, int key, int pair, int lane) {
        const u8 *unit = values + place(key, pair / Codes::pairs);
        if constexpr (Cache::is_quantised) return Cache::load(unit[lane / 4 * 2 + pair % 2]);
        return Element::load(((const u16 *)unit)[lane / 4]);
    }

    // Adds weighted values that are no numbers, for the rows that see them.
    static PAGED_DEVICE void add_no_numbers(
        const paged_cuda_call &call, const Block &block, State &state, int base, const u8 *values,
        const u32 (&weights)[groups][octets], int lane
    ) {
        PAGED_NO_UNROLL
        for (int key = 0; key < keys; ++key) {
            float weight[groups][2];
            bool sees[groups][2];
            PAGED_UNROLL
            for (int row = 0; row < 2 * groups; ++row) {
                const int source = (lane % 4 * 2 + row % 2) * 4 + key % 8 / 2;
                u32 word = 0;
                PAGED_UNROLL
                for (int octet = 0; octet < octets; ++octet) {
                    const u32 found = shuffle(weights[row / 2][octet], source);
                    if (octet == key / 8) word = found;
                }
                weight[row / 2][row % 2] = Operand::load(u16(word >> key % 2 * 16));
                const Visible seen = seen_by(call, block, row / 2 * 8 + lane % 4 * 2 + row % 2);
                sees[row / 2][row % 2] = base + key >= seen.first && base + key < seen.end;
            }
            PAGED_UNROLL
            for (int pair = 0; pair < pairs; ++pair) {
                const float value = value_of(values, key, pair, lane);
                if ((bits_of(value) & 0x7f800000u) != 0x7f800000u) continue;
                PAGED_UNROLL
                for (int row = 0; row < 2 * groups; ++row) {
                    float &sum = state.values[pair / 2][row / 2][pair % 2 * 2 + row % 2];
                    if (sees[row / 2][row % 2]) sum += weight[row / 2][row % 2] * value;
                }
            }
        }
    }

    // `from` is where a lane reads the tile's keys, `mapped` has a bit for each 16 of them.
    static PAGED_DEVICE void attend_tile(
        const paged_cuda_call &call, const Block &block, State &state, int base, int stage, int row, u32 mapped,
        int lane
    ) {
        const int from = stage + row;
        float logits[tiles][groups][4];
        multiply_keys(block, state, from, logits, lane);
        scale(call, state, logits);
        const bool is_whole = mapped == (1u << tiles) - 1 && base >= greater(state.seen_by_all.first, block.part.first)
            && base + keys <= smaller(state.seen_by_all.end, block.part.end);
        if (!is_whole) mask(call, block, base, mapped, logits, lane);
        u32 weights[groups][octets];
        weigh(state, logits, weights);
        if constexpr (Cache::has_no_numbers) {
            const u8 *values = block.memory + stage + side_bytes;
            if (!is_whole && is_partial(block, state.seen_by_all, base, keys) && values_have_no_number(values, lane)) {
                add_values<true>(block, state, from, weights);
                return add_no_numbers(call, block, state, base, values, weights, lane);
            }
        }
        add_values(block, state, from, weights);
    }

    // Goes through the keys, with copies of the next tiles under way.
    static PAGED_DEVICE void attend(const paged_cuda_call &call, const Block &block, State &state, int thread) {
        const int warp = thread >> 5, lane = thread & 31;
        int base = block.part.first / 16 * 16 + keys * warp;
        Source source = start_copies(call, block, base, lane);
        int next = 2 * side_bytes * warp, row = row_of_lane(lane);
        keep(row);
        PAGED_UNROLL
        for (int stage = 0; stage < stages - 1; ++stage, next += stage_bytes) copy(call, block, source, block.memory + next, lane);
        load_queries(call, block, state, thread);
        int stage = 2 * side_bytes * warp;
        PAGED_NO_UNROLL
        for (; base < block.part.end; base += 4 * keys) {
            wait_for_copies<stages - 2>();
            warp_barrier();
            copy(call, block, source, block.memory + next, lane);
            attend_tile(call, block, state, base, stage, row, source.mapped >> tiles * (stages - 1) & ((1u << tiles) - 1), lane);
            next = stage;
            stage = stage + stage_bytes < stages * stage_bytes ? stage + stage_bytes : 2 * side_bytes * warp;
        }
        wait_for_copies<0>();
        block_barrier();
    }

    static PAGED_DEVICE void start(const paged_cuda_call &call, const Block &block, State &state) {
        state.seen_by_all = seen_by_all(call, block.tile, 0, block.tile.row_count - 1);
        PAGED_UNROLL
        for (int group = 0; group < groups; ++group) {
            PAGED_UNROLL
            for (int row = 0; row < 2; ++row) {
                state.greatest[group][row] = -infinity();
                state.sum[group][row] = 0;
            }
            PAGED_UNROLL
            for (int index = 0; index < steps * 4; ++index) state.values[index / 4][group][index % 4] = 0;
        }
    }

    // Leaves a thread's share of its rows, channels in order.
    static PAGED_DEVICE void leave(u8 *memory, const State &state, int thread) {
        const int lane = thread & 31;
        PAGED_UNROLL
        for (int row = 0; row < 2 * groups; ++row) {
            const int number = (thread >> 5) * rows + row / 2 * 8 + lane % 4 * 2 + row % 2;
            float sum = state.sum[row / 2][row % 2];
            PAGED_UNROLL
            for (int distance = 4; distance < 32; distance <<= 1) sum += shuffle_xor(sum, distance);
            if (lane < 4) {
                Sums::states_of(memory)[2 * number] = state.greatest[row / 2][row % 2];
                Sums::states_of(memory)[2 * number + 1] = sum;
            }
            float *values = (float *)memory + number * Sums::stride + lane / 4 * Codes::pairs;
            PAGED_UNROLL
            for (int pair = 0; pair < pairs; ++pair) {
                values[pair / Codes::pairs * 8 * Codes::pairs + pair % Codes::pairs] =
                    state.values[pair / 2][row / 2][pair % 2 * 2 + row % 2] * Codes::unit;
            }
        }
    }

    static PAGED_DEVICE void run(const paged_cuda_call &call) {
        static_assert(is_free_of_conflicts(), "eight keys have a unit in the same banks");
        PAGED_SHARED(memory);
        const int thread = int(threadIdx.x), lane = thread & 31;
        Block block;
        block.memory = memory;
        block.head = int(blockIdx.y);
        block.tile = tile_of(call, int(blockIdx.x), rows, lane);
        if (block.tile.row_count == 0) return;
        block.part = part_of(call, visible(call, block.tile), int(blockIdx.z), 4 * keys);
        if (int(blockIdx.z) >= block.part.count) return;
        State state;
        start(call, block, state);
        attend(call, block, state, thread);
        leave(memory, state, thread);
        block_barrier();
        Sums::store(call, block, thread);
        if (block.part.count == 1) return;
        if (!is_last_part(call, block.part.count, thread, (u32 *)memory)) return;
        combine<Element>(call, block.tile, block.head, block.part.count, (float *)memory + 4, thread, PAGED_CUDA_THREADS);
    }
};

}  // namespace paged
