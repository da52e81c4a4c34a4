/* What the host and the kernels of the CUDA backend say to each other: plain C for Swift, for the device compiler and for
 * the emulator of the tests. No CUDA header is needed anywhere. */
#pragma once

#if defined(__CUDACC_RTC__)
typedef signed int int32_t;
typedef unsigned int uint32_t;
typedef signed long long int64_t;
#else
#include <stdint.h>
#endif

/* One call of the operator, as every kernel gets it: addresses on the device, and plain numbers. Rules over shapes hold;
 * values of lengths, tables and slots may be anything. T tokens, B sequences, N query heads, K key and value heads. */
typedef struct paged_cuda_call {
    /* Tensors; NULL where the operator's input is absent. In a packed query the three share rows. */
    const void *query;
    const void *key;
    const void *value;                          /* NULL in the latent layout: the value is part of the key */
    void *key_cache;                            /* (blocks, block size, K, head size), or codes of that shape */
    void *value_cache;                          /* the key cache in the latent layout */
    void *output;                               /* (T, N, value head size) */
    const int32_t *cumulative_sequence_lengths; /* (B + 1) */
    const int32_t *past_sequence_lengths;       /* (B) */
    const int32_t *block_table;                 /* (B, blocks per sequence) */
    const int32_t *slot_mapping;                /* (T) or NULL */
    const void *cosine_cache;                   /* NULL unless the node rotates */
    const void *sine_cache;
    const void *head_sink;                      /* (N) or NULL */
    const void *query_norm_weight;              /* (head size) or NULL */
    const void *key_norm_weight;
    const float *key_scale;                     /* NULL where the cache holds values */
    const float *value_scale;                   /* that of keys in the latent layout */

    /* Workspace, as paged_cuda_workspace lays it out. The prologue fills in all but the parts. */
    int32_t *starts;            /* (B + 1): where each sequence's tokens start, made safe */
    int32_t *past;              /* (B): past lengths; -1 marks an invalid sequence */
    uint32_t *part_arrivals;    /* (part_arrival_count): how many parts of a row tile are done */
    float *part_sums;           /* (parts, T, N, value head size): weighted values, not divided */
    float *part_states;         /* (parts, T, N, 2): greatest logit in powers of two, and sum of weights */
    const void *prepared_query; /* (T, N, head size) after norm and rotation; query itself without both */

    /* What tokens select in SparsePagedAttention: positions, or rows of the auxiliary tensors where there are any. */
    const int32_t *selected_indices;  /* (T, columns) */
    const int32_t *selected_counts;   /* (T) */
    const void *auxiliary_key;        /* (B, capacity, 1 or K, head size), of the queries' type */
    const void *auxiliary_value;      /* the key where they are shared */
    const int32_t *auxiliary_lengths; /* (B) */

    /* Strides between tokens, in elements. */
    int64_t query_stride;
    int64_t key_value_stride;
    int64_t prepared_query_stride;

    /* Sizes. */
    int32_t token_count;
    int32_t sequence_count;
    int32_t head_count;
    int32_t key_value_head_count;
    int32_t group_size; /* N / K */
    int32_t head_size;
    int32_t value_head_size;
    int32_t block_count;
    int32_t block_shift; /* log2 of the block size */
    int32_t blocks_per_sequence;
    int32_t rotary_half; /* rotated channel pairs */
    int32_t rotary_offset;
    int32_t rotary_position_count; /* rows that both rotary caches have; later positions are not rotated */
    int32_t part_arrival_count;
    int32_t part_limit; /* most parts into which the keys of a row tile are cut; 1: no parts */

    int32_t selected_columns;
    int32_t auxiliary_capacity;
    int32_t auxiliary_head_count;

    /* Switches: 0 or 1. */
    int32_t rotary_interleaved;
    int32_t is_causal;
    int32_t key_scale_is_per_channel; /* (K, head size) scales instead of one */
    int32_t value_scale_is_per_channel;
    int32_t attends_locally; /* SparsePagedAttention: also to what PagedAttention attends to */

    int32_t window; /* positions that a query sees; 0: all */
    float scale;    /* of logits */
    float softcap;  /* 0: off */
    float epsilon;  /* of the norms */
} paged_cuda_call;

/* How boxes of a tensor are copied to shared memory by one instruction: what the driver encodes, on SM90 and newer. It has to lie
 * at a multiple of 64 bytes, which Swift must not be told: it would not see the type. */
#if defined(__cplusplus)
#define PAGED_CUDA_ALIGNED __attribute__((aligned(64)))
#else
#define PAGED_CUDA_ALIGNED
#endif
typedef struct PAGED_CUDA_ALIGNED paged_cuda_tensor_map {
    unsigned long long words[16];
} paged_cuda_tensor_map;

/* The second parameter of kernels for SM90: the caches as boxes. */
typedef struct paged_cuda_tensor_maps {
    paged_cuda_tensor_map keys, values;
    int32_t are_set; /* 0: threads copy */
    int32_t unused[15];
} paged_cuda_tensor_maps;

/* How a kernel is launched. */
typedef struct paged_cuda_launch {
    uint32_t grid_x, grid_y, grid_z;
    uint32_t threads;
    uint32_t shared_bytes;
} paged_cuda_launch;

/* Bytes of workspace and where its pieces begin, in bytes. */
typedef struct paged_cuda_workspace {
    int64_t starts, past, part_arrivals, part_sums, part_states, prepared_query;
    int64_t byte_count;
} paged_cuda_workspace;

/* Rows of a tile: query heads of one key and value head, for neighbouring tokens of one sequence. */
enum {
    PAGED_CUDA_MATH_ROWS = 1,
    PAGED_CUDA_PORTABLE_ROWS = 16,
    PAGED_CUDA_DECODE_ROWS = 8,
    PAGED_CUDA_WIDE_DECODE_ROWS = 16,
    PAGED_CUDA_PROMPT_ROWS = 64,
    PAGED_CUDA_LATENT_ROWS = 64,
    PAGED_CUDA_HOPPER_ROWS = 128,
    PAGED_CUDA_THREADS = 128,
    PAGED_CUDA_LATENT_THREADS = 256,
    PAGED_CUDA_HOPPER_THREADS = 384,
};

#if defined(__cplusplus)
#define PAGED_CUDA_CONSTANT constexpr
#else
#define PAGED_CUDA_CONSTANT static inline
#endif

/* Keys that the portable kernel holds at a time: up to 256 channels it fits the 48 KiB that every GPU has. */
PAGED_CUDA_CONSTANT int paged_cuda_portable_keys(int head_size) { return head_size > 224 ? 16 : 32; }

/* Shapes of the tensor core kernels, for heads of up to `size` channels, a multiple of 32. Eight channels of a cache are
 * `chunk_bytes`: 16 for values, 8 or 4 for codes. */
PAGED_CUDA_CONSTANT int paged_cuda_prompt_keys(int size) { return size > 128 ? 32 : 64; }
/* Two or three blocks of a multiprocessor have a stage each under way, 16 KiB or more; of 4-bit codes it takes more. */
PAGED_CUDA_CONSTANT int paged_cuda_prompt_stages(int chunk_bytes) { return chunk_bytes == 4 ? 4 : 2; }
/* A row of elements takes an odd number of 16 bytes, so that eight rows lie in different banks. */
PAGED_CUDA_CONSTANT int paged_cuda_element_row(int size) { return 16 * (size / 8 | 1); }
/* A row as it is copied from the cache. */
PAGED_CUDA_CONSTANT int paged_cuda_copied_row(int size, int chunk_bytes) {
    return chunk_bytes == 16 ? paged_cuda_element_row(size) : size / 8 * chunk_bytes;
}
/* Keys and values of one stage. */
PAGED_CUDA_CONSTANT int paged_cuda_prompt_stage_bytes(int size, int chunk_bytes) {
    return 2 * paged_cuda_prompt_keys(size) * paged_cuda_copied_row(size, chunk_bytes);
}
/* Keys and values of codes as elements. */
PAGED_CUDA_CONSTANT int paged_cuda_prompt_element_bytes(int size, int chunk_bytes) {
    return chunk_bytes == 16 ? 0 : paged_cuda_prompt_stage_bytes(size, 16);
}
/* Queries stay in registers up to 128 channels. */
PAGED_CUDA_CONSTANT int paged_cuda_prompt_query_bytes(int size) {
    return size > 128 ? PAGED_CUDA_PROMPT_ROWS * paged_cuda_element_row(size) : 0;
}
/* Weighted sums and states of `rows` rows of all warps when they are put together. */
PAGED_CUDA_CONSTANT int paged_cuda_sum_bytes(int size, int rows) { return rows * (size + 8 + 2) * 4; }
PAGED_CUDA_CONSTANT int paged_cuda_greater(int a, int b) { return a > b ? a : b; }
PAGED_CUDA_CONSTANT int paged_cuda_prompt_shared_bytes(int size, int chunk_bytes, int stages) {
    return paged_cuda_greater(
        stages * paged_cuda_prompt_stage_bytes(size, chunk_bytes) + paged_cuda_prompt_element_bytes(size, chunk_bytes)
            + paged_cuda_prompt_query_bytes(size),
        paged_cuda_sum_bytes(size, PAGED_CUDA_PROMPT_ROWS));
}

/* The decode kernels: each of four warps has keys of its own, in stages that hold them as the cache does. */
/* Queries stay in registers if there is room. Otherwise they are shared, with a scale for each row. */
PAGED_CUDA_CONSTANT int paged_cuda_decode_keeps_queries(int size, int rows) { return size * rows <= 2048; }
PAGED_CUDA_CONSTANT int paged_cuda_decode_keys(int size, int chunk_bytes, int rows) {
    return chunk_bytes < 16 && paged_cuda_decode_keeps_queries(size, rows) ? 32 : 16;
}
PAGED_CUDA_CONSTANT int paged_cuda_decode_stages(int chunk_bytes) { return chunk_bytes == 4 ? 3 : 2; }
PAGED_CUDA_CONSTANT int paged_cuda_decode_stage_bytes(int size, int chunk_bytes, int rows) {
    return 4 * 2 * paged_cuda_decode_keys(size, chunk_bytes, rows) * size / 8 * chunk_bytes;
}
PAGED_CUDA_CONSTANT int paged_cuda_decode_shared_bytes(int size, int chunk_bytes, int rows) {
    return paged_cuda_greater(
        paged_cuda_decode_stages(chunk_bytes) * paged_cuda_decode_stage_bytes(size, chunk_bytes, rows)
            + (paged_cuda_decode_keeps_queries(size, rows) ? 0 : rows * (2 * size + 4)),
        paged_cuda_sum_bytes(size, 4 * rows));
}

/* The kernel for latent rows of up to `size` channels: two stages of 32 keys, the same as elements, 64 queries, weights, and
 * states. */
PAGED_CUDA_CONSTANT int paged_cuda_latent_shared_bytes(int size, int chunk_bytes) {
    return 2 * 32 * paged_cuda_copied_row(size, chunk_bytes) + (chunk_bytes == 16 ? 0 : 32 * paged_cuda_element_row(size))
        + PAGED_CUDA_LATENT_ROWS * (paged_cuda_element_row(size) + paged_cuda_element_row(32) + 3 * 4);
}

/* The prompt kernel for SM90, for heads of up to `size` channels, a multiple of 64: queries, two stages of keys and values as
 * elements, zeros, and what its warpgroups tell each other. Codes are turned into elements on their way. */
PAGED_CUDA_CONSTANT int paged_cuda_hopper_keys(int size) { return size > 128 ? 64 : 128; }
PAGED_CUDA_CONSTANT int paged_cuda_hopper_shared_bytes(int size) {
    return 2 * size * PAGED_CUDA_HOPPER_ROWS + 2 * 2 * 2 * size * paged_cuda_hopper_keys(size) + 1024 + 256;
}
