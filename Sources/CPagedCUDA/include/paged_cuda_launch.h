/* Launch geometry and workspace, from shapes alone: nothing is read back from the device, so a launch can be captured in a
 * graph and replayed with other values. Swift and the tests call the same functions.
 *
 * A launch whose `shared_bytes` are more than the device lets a block have is not for that device: the portable kernel
 * needs 48 KiB for heads up to 256 channels, the others have to be asked for. */
#pragma once
#include "paged_cuda.h"

/* Whether queries are normalised or rotated, and so copied to the workspace first. */
static inline int paged_cuda_prepares_queries(const paged_cuda_call *call) {
    return call->query_norm_weight != 0 || call->cosine_cache != 0;
}

/* Tiles of `rows` rows that a launch has room for. Sequence b's tiles begin at start * G / rows + b, so no tile of two
 * sequences has the same index, and no sum over sequences is needed; some indices are nobody's. */
static inline int64_t paged_cuda_row_tiles(const paged_cuda_call *call, int rows) {
    return (int64_t)call->token_count * call->group_size / rows + call->sequence_count;
}

/* The prologue: a block of 4 warps for 4 heads of a token, and one more for the lengths. */
static inline paged_cuda_launch paged_cuda_prologue_launch(const paged_cuda_call *call) {
    int64_t heads = (int64_t)call->key_value_head_count * (call->value ? 2 : 1);
    if (paged_cuda_prepares_queries(call)) heads += call->head_count;
    const uint32_t warps = PAGED_CUDA_THREADS / 32;
    paged_cuda_launch launch = {
        (uint32_t)call->token_count + 1,
        (uint32_t)((heads + warps - 1) / warps),
        1,
        PAGED_CUDA_THREADS,
        warps * (uint32_t)call->head_size * (uint32_t)sizeof(float),
    };
    return launch;
}

/* A block for a tile of `rows` rows, a key and value head and a part. */
static inline paged_cuda_launch paged_cuda_tiles_launch(
    const paged_cuda_call *call, int rows, int threads, int shared_bytes
) {
    paged_cuda_launch launch = {
        (uint32_t)paged_cuda_row_tiles(call, rows),
        (uint32_t)call->key_value_head_count,
        (uint32_t)call->part_limit,
        (uint32_t)threads,
        (uint32_t)shared_bytes,
    };
    return launch;
}

/* The portable kernel. */
static inline paged_cuda_launch paged_cuda_portable_launch(const paged_cuda_call *call) {
    const int rows = PAGED_CUDA_PORTABLE_ROWS, keys = paged_cuda_portable_keys(call->head_size);
    const int row_bytes = 16 * ((call->head_size / 8) | 1);
    const int tiles = call->value_cache == call->key_cache ? 1 : 2;
    const int shared_bytes = tiles * keys * row_bytes + rows * (call->head_size + 32) * (int)sizeof(float);
    return paged_cuda_tiles_launch(call, rows, PAGED_CUDA_THREADS, shared_bytes);
}

/* The kernel without tiles: a block for a row and a key and value head. */
static inline paged_cuda_launch paged_cuda_math_launch(const paged_cuda_call *call) {
    paged_cuda_launch launch = {
        (uint32_t)paged_cuda_row_tiles(call, PAGED_CUDA_MATH_ROWS),
        (uint32_t)call->key_value_head_count,
        1,
        PAGED_CUDA_THREADS,
        (uint32_t)(PAGED_CUDA_THREADS * 12 + call->head_size * (int)sizeof(float)),
    };
    return launch;
}

/* The prompt kernels, for head sizes up to `size`. The small one has one stage. */
static inline paged_cuda_launch paged_cuda_prompt_launch(
    const paged_cuda_call *call, int size, int chunk_bytes, int is_small
) {
    const int stages = is_small ? 1 : paged_cuda_prompt_stages(chunk_bytes);
    const int shared_bytes = paged_cuda_prompt_shared_bytes(size, chunk_bytes, stages);
    return paged_cuda_tiles_launch(call, PAGED_CUDA_PROMPT_ROWS, PAGED_CUDA_THREADS, shared_bytes);
}

/* The decode kernels with 8 or 16 rows, for head sizes up to `size`. */
static inline paged_cuda_launch paged_cuda_decode_launch(
    const paged_cuda_call *call, int size, int chunk_bytes, int rows
) {
    const int shared_bytes = paged_cuda_decode_shared_bytes(size, chunk_bytes, rows);
    return paged_cuda_tiles_launch(call, rows, PAGED_CUDA_THREADS, shared_bytes);
}

/* The kernel for the latent layout, for head sizes up to `size` and value head sizes up to 512. */
static inline paged_cuda_launch paged_cuda_latent_launch(const paged_cuda_call *call, int size, int chunk_bytes) {
    const int shared_bytes = paged_cuda_latent_shared_bytes(size, chunk_bytes);
    return paged_cuda_tiles_launch(call, PAGED_CUDA_LATENT_ROWS, PAGED_CUDA_LATENT_THREADS, shared_bytes);
}

/* The prompt kernel for SM90, for head sizes up to `size`: a block for a multiprocessor, which takes one row tile, key and value
 * head and part after the other. */
static inline paged_cuda_launch paged_cuda_hopper_launch(const paged_cuda_call *call, int size, int64_t processors) {
    const int64_t items =
        paged_cuda_row_tiles(call, PAGED_CUDA_HOPPER_ROWS) * call->key_value_head_count * call->part_limit;
    paged_cuda_launch launch = {
        (uint32_t)(items < processors ? items : processors),
        1,
        1,
        PAGED_CUDA_HOPPER_THREADS,
        (uint32_t)paged_cuda_hopper_shared_bytes(size),
    };
    return launch;
}

/* cuTensorMapEncodeTiled of the driver: 0, or the number of an error. */
typedef int32_t (*paged_cuda_encode)(
    paged_cuda_tensor_map *map, int32_t type, uint32_t rank, void *address, const uint64_t *dimensions,
    const uint64_t *strides, const uint32_t *box, const uint32_t *steps, int32_t interleave, int32_t swizzle,
    int32_t promotion, int32_t fill);

/* The places of a box of the SM90 kernel: those of a block of the cache that a tile of keys has. 0 where boxes cannot be copied:
 * blocks of less than 64 places would need too many, and places are 31-bit numbers. */
static inline int paged_cuda_hopper_box(const paged_cuda_call *call, int size) {
    const int64_t block = (int64_t)1 << call->block_shift, places = call->block_count * block;
    if (block < 64 || places == 0 || places > INT32_MAX) return 0;
    return block < paged_cuda_hopper_keys(size) ? (int)block : paged_cuda_hopper_keys(size);
}

/* Lets the driver encode the caches of a call, which hold 16-bit values, for the SM90 kernel of a size. They are not set where it
 * cannot be, or the driver refuses. A box is 64 channels of one head: rows of 128 bytes, swizzled. */
static inline void paged_cuda_hopper_maps(
    const paged_cuda_call *call, int size, paged_cuda_encode encode, paged_cuda_tensor_maps *maps
) {
    enum { sixteen_bits = 1, not_interleaved = 0, swizzle_of_128_bytes = 3, promotion_to_128_bytes = 2, zeros = 0 };
    const uint32_t box[] = {64, 1, (uint32_t)paged_cuda_hopper_box(call, size)}, steps[] = {1, 1, 1};
    const uint64_t row = 2 * (uint64_t)call->head_size, heads = (uint64_t)call->key_value_head_count;
    const uint64_t dimensions[] = {(uint64_t)call->head_size, heads, (uint64_t)call->block_count << call->block_shift};
    const uint64_t strides[] = {row, row * heads}; /* from head to head, and from place to place */
#define PAGED_CUDA_ENCODE(map, cache)                                                                                    \
    encode(map, sixteen_bits, 3, cache, dimensions, strides, box, steps, not_interleaved, swizzle_of_128_bytes,          \
           promotion_to_128_bytes, zeros)
    maps->are_set = box[2] > 0 && PAGED_CUDA_ENCODE(&maps->keys, call->key_cache) == 0
        && PAGED_CUDA_ENCODE(&maps->values, call->value_cache) == 0;
#undef PAGED_CUDA_ENCODE
}

/* How many parts keep `processors` multiprocessors busy. `longest` bounds the positions of a sequence; 256 keys are worth
 * a part. */
static inline int paged_cuda_part_limit(const paged_cuda_call *call, int rows, int64_t processors, int64_t longest) {
    const int64_t blocks = paged_cuda_row_tiles(call, rows) * call->key_value_head_count;
    const int64_t seen = call->window > 0 && call->window < longest ? call->window : longest;
    int64_t parts = (2 * processors + blocks - 1) / (blocks > 0 ? blocks : 1);
    const int64_t most = (seen + 255) / 256;
    if (parts > most) parts = most;
    if (parts > 64) parts = 64;
    return parts < 1 ? 1 : (int)parts;
}

/* The workspace of a call whose part limit is set. Pieces begin at multiples of 256 bytes. The last of the arrivals counts the
 * items that the blocks of the SM90 kernel have taken. */
static inline paged_cuda_workspace paged_cuda_workspace_of(const paged_cuda_call *call, int rows) {
    paged_cuda_workspace space = {0, 0, 0, 0, 0, 0, 0};
    const int64_t unit = 256, query_rows = (int64_t)call->token_count * call->head_count;
    int64_t end = 0;
    const int64_t parts = call->part_limit > 1 ? call->part_limit : 0;
    const int64_t arrivals = parts ? paged_cuda_row_tiles(call, rows) * call->key_value_head_count : 0;
#define PAGED_CUDA_PIECE(name, bytes) \
    space.name = end;                 \
    end = (end + (bytes) + unit - 1) / unit * unit
    PAGED_CUDA_PIECE(starts, 4 * ((int64_t)call->sequence_count + 1));
    PAGED_CUDA_PIECE(past, 4 * (int64_t)call->sequence_count);
    PAGED_CUDA_PIECE(part_arrivals, 4 * (arrivals + 1));
    PAGED_CUDA_PIECE(part_sums, 4 * parts * query_rows * call->value_head_size);
    PAGED_CUDA_PIECE(part_states, 8 * parts * query_rows);
    PAGED_CUDA_PIECE(prepared_query, paged_cuda_prepares_queries(call) ? 2 * query_rows * call->head_size : 0);
#undef PAGED_CUDA_PIECE
    space.byte_count = end;
    return space;
}

/* Points the call at its workspace, and at its queries where the prologue leaves them alone. */
static inline void paged_cuda_set_workspace(paged_cuda_call *call, int rows, void *workspace) {
    const paged_cuda_workspace space = paged_cuda_workspace_of(call, rows);
    char *base = (char *)workspace;
    call->starts = (int32_t *)(base + space.starts);
    call->past = (int32_t *)(base + space.past);
    call->part_arrivals = (uint32_t *)(base + space.part_arrivals);
    call->part_sums = (float *)(base + space.part_sums);
    call->part_states = (float *)(base + space.part_states);
    call->part_arrival_count = (int32_t)((space.part_sums - space.part_arrivals) / 4);
    call->prepared_query = call->query;
    call->prepared_query_stride = call->query_stride;
    if (paged_cuda_prepares_queries(call)) {
        call->prepared_query = base + space.prepared_query;
        call->prepared_query_stride = (int64_t)call->head_count * call->head_size;
    }
}
