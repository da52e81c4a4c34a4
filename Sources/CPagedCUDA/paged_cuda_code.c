#include "paged_cuda_code.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

/* Arrays of bytes, because a compiler need not take string literals of this length. Scripts/cuda-compile.py reads the lines
 * of PAGED_SOURCE, in their order. */
#define PAGED_SOURCE(identifier, path) static const char identifier[] =
PAGED_SOURCE(cache_tile_cuh, "Kernels/cache_tile.cuh") {
#embed "Kernels/cache_tile.cuh" suffix(, )
    0};
PAGED_SOURCE(code_pairs_cuh, "Kernels/code_pairs.cuh") {
#embed "Kernels/code_pairs.cuh" suffix(, )
    0};
PAGED_SOURCE(codes_cuh, "Kernels/codes.cuh") {
#embed "Kernels/codes.cuh" suffix(, )
    0};
PAGED_SOURCE(decode_cu, "Kernels/decode.cu") {
#embed "Kernels/decode.cu" suffix(, )
    0};
PAGED_SOURCE(decode_cuh, "Kernels/decode.cuh") {
#embed "Kernels/decode.cuh" suffix(, )
    0};
PAGED_SOURCE(decode_copies_cuh, "Kernels/decode_copies.cuh") {
#embed "Kernels/decode_copies.cuh" suffix(, )
    0};
PAGED_SOURCE(decode_queries_cuh, "Kernels/decode_queries.cuh") {
#embed "Kernels/decode_queries.cuh" suffix(, )
    0};
PAGED_SOURCE(decode_shape_cuh, "Kernels/decode_shape.cuh") {
#embed "Kernels/decode_shape.cuh" suffix(, )
    0};
PAGED_SOURCE(decode_values_cuh, "Kernels/decode_values.cuh") {
#embed "Kernels/decode_values.cuh" suffix(, )
    0};
PAGED_SOURCE(device_cuh, "Kernels/device.cuh") {
#embed "Kernels/device.cuh" suffix(, )
    0};
PAGED_SOURCE(elements_cuh, "Kernels/elements.cuh") {
#embed "Kernels/elements.cuh" suffix(, )
    0};
PAGED_SOURCE(hopper_cuh, "Kernels/hopper.cuh") {
#embed "Kernels/hopper.cuh" suffix(, )
    0};
PAGED_SOURCE(hopper_producer_cuh, "Kernels/hopper_producer.cuh") {
#embed "Kernels/hopper_producer.cuh" suffix(, )
    0};
PAGED_SOURCE(hopper_prompt_cu, "Kernels/hopper_prompt.cu") {
#embed "Kernels/hopper_prompt.cu" suffix(, )
    0};
PAGED_SOURCE(hopper_prompt_cuh, "Kernels/hopper_prompt.cuh") {
#embed "Kernels/hopper_prompt.cuh" suffix(, )
    0};
PAGED_SOURCE(hopper_softmax_cuh, "Kernels/hopper_softmax.cuh") {
#embed "Kernels/hopper_softmax.cuh" suffix(, )
    0};
PAGED_SOURCE(hopper_work_cuh, "Kernels/hopper_work.cuh") {
#embed "Kernels/hopper_work.cuh" suffix(, )
    0};
PAGED_SOURCE(instances_cuh, "Kernels/instances.cuh") {
#embed "Kernels/instances.cuh" suffix(, )
    0};
PAGED_SOURCE(latent_cu, "Kernels/latent.cu") {
#embed "Kernels/latent.cu" suffix(, )
    0};
PAGED_SOURCE(latent_cuh, "Kernels/latent.cuh") {
#embed "Kernels/latent.cuh" suffix(, )
    0};
PAGED_SOURCE(math_cu, "Kernels/math.cu") {
#embed "Kernels/math.cu" suffix(, )
    0};
PAGED_SOURCE(math_cuh, "Kernels/math.cuh") {
#embed "Kernels/math.cuh" suffix(, )
    0};
PAGED_SOURCE(packed_codes_cuh, "Kernels/packed_codes.cuh") {
#embed "Kernels/packed_codes.cuh" suffix(, )
    0};
PAGED_SOURCE(parts_cuh, "Kernels/parts.cuh") {
#embed "Kernels/parts.cuh" suffix(, )
    0};
PAGED_SOURCE(portable_cu, "Kernels/portable.cu") {
#embed "Kernels/portable.cu" suffix(, )
    0};
PAGED_SOURCE(portable_cuh, "Kernels/portable.cuh") {
#embed "Kernels/portable.cuh" suffix(, )
    0};
PAGED_SOURCE(prologue_cu, "Kernels/prologue.cu") {
#embed "Kernels/prologue.cu" suffix(, )
    0};
PAGED_SOURCE(prologue_cuh, "Kernels/prologue.cuh") {
#embed "Kernels/prologue.cuh" suffix(, )
    0};
PAGED_SOURCE(prompt_cu, "Kernels/prompt.cu") {
#embed "Kernels/prompt.cu" suffix(, )
    0};
PAGED_SOURCE(prompt_cuh, "Kernels/prompt.cuh") {
#embed "Kernels/prompt.cuh" suffix(, )
    0};
PAGED_SOURCE(queries_cuh, "Kernels/queries.cuh") {
#embed "Kernels/queries.cuh" suffix(, )
    0};
PAGED_SOURCE(row_sums_cuh, "Kernels/row_sums.cuh") {
#embed "Kernels/row_sums.cuh" suffix(, )
    0};
PAGED_SOURCE(seen_values_cuh, "Kernels/seen_values.cuh") {
#embed "Kernels/seen_values.cuh" suffix(, )
    0};
PAGED_SOURCE(sequences_cuh, "Kernels/sequences.cuh") {
#embed "Kernels/sequences.cuh" suffix(, )
    0};
PAGED_SOURCE(small_prompt_cu, "Kernels/small_prompt.cu") {
#embed "Kernels/small_prompt.cu" suffix(, )
    0};
PAGED_SOURCE(softmax_cuh, "Kernels/softmax.cuh") {
#embed "Kernels/softmax.cuh" suffix(, )
    0};
PAGED_SOURCE(sparse_cu, "Kernels/sparse.cu") {
#embed "Kernels/sparse.cu" suffix(, )
    0};
PAGED_SOURCE(sparse_cuh, "Kernels/sparse.cuh") {
#embed "Kernels/sparse.cuh" suffix(, )
    0};
PAGED_SOURCE(paged_cuda_h, "include/paged_cuda.h") {
#embed "include/paged_cuda.h" suffix(, )
    0};

#define PAGED_MODULE(identifier) static const char identifier[] =
PAGED_MODULE(compute_60_float16_float16) {
#embed "Generated/compute_60_float16_float16.ptx" suffix(, )
    0};
PAGED_MODULE(compute_60_float16_int8) {
#embed "Generated/compute_60_float16_int8.ptx" suffix(, )
    0};
PAGED_MODULE(compute_60_float16_float8e4m3fn) {
#embed "Generated/compute_60_float16_float8e4m3fn.ptx" suffix(, )
    0};
PAGED_MODULE(compute_60_float16_int4) {
#embed "Generated/compute_60_float16_int4.ptx" suffix(, )
    0};
PAGED_MODULE(compute_60_float16_float4e2m1) {
#embed "Generated/compute_60_float16_float4e2m1.ptx" suffix(, )
    0};
PAGED_MODULE(compute_60_bfloat16_bfloat16) {
#embed "Generated/compute_60_bfloat16_bfloat16.ptx" suffix(, )
    0};
PAGED_MODULE(compute_60_bfloat16_int8) {
#embed "Generated/compute_60_bfloat16_int8.ptx" suffix(, )
    0};
PAGED_MODULE(compute_60_bfloat16_float8e4m3fn) {
#embed "Generated/compute_60_bfloat16_float8e4m3fn.ptx" suffix(, )
    0};
PAGED_MODULE(compute_60_bfloat16_int4) {
#embed "Generated/compute_60_bfloat16_int4.ptx" suffix(, )
    0};
PAGED_MODULE(compute_60_bfloat16_float4e2m1) {
#embed "Generated/compute_60_bfloat16_float4e2m1.ptx" suffix(, )
    0};
PAGED_MODULE(compute_75_float16_float16) {
#embed "Generated/compute_75_float16_float16.ptx" suffix(, )
    0};
PAGED_MODULE(compute_80_float16_float16) {
#embed "Generated/compute_80_float16_float16.ptx" suffix(, )
    0};
PAGED_MODULE(compute_80_bfloat16_bfloat16) {
#embed "Generated/compute_80_bfloat16_bfloat16.ptx" suffix(, )
    0};
PAGED_MODULE(compute_90a_float16_float16) {
#embed "Generated/compute_90a_float16_float16.ptx" suffix(, )
    0};
PAGED_MODULE(compute_90a_bfloat16_bfloat16) {
#embed "Generated/compute_90a_bfloat16_bfloat16.ptx" suffix(, )
    0};

#define PAGED_TEXT(name, identifier) {name, identifier, sizeof identifier - 1}

const paged_cuda_text *paged_cuda_sources(size_t *count) {
    static const paged_cuda_text sources[] = {
        PAGED_TEXT("cache_tile.cuh", cache_tile_cuh),
        PAGED_TEXT("code_pairs.cuh", code_pairs_cuh),
        PAGED_TEXT("codes.cuh", codes_cuh),
        PAGED_TEXT("decode.cu", decode_cu),
        PAGED_TEXT("decode.cuh", decode_cuh),
        PAGED_TEXT("decode_copies.cuh", decode_copies_cuh),
        PAGED_TEXT("decode_queries.cuh", decode_queries_cuh),
        PAGED_TEXT("decode_shape.cuh", decode_shape_cuh),
        PAGED_TEXT("decode_values.cuh", decode_values_cuh),
        PAGED_TEXT("device.cuh", device_cuh),
        PAGED_TEXT("elements.cuh", elements_cuh),
        PAGED_TEXT("hopper.cuh", hopper_cuh),
        PAGED_TEXT("hopper_producer.cuh", hopper_producer_cuh),
        PAGED_TEXT("hopper_prompt.cu", hopper_prompt_cu),
        PAGED_TEXT("hopper_prompt.cuh", hopper_prompt_cuh),
        PAGED_TEXT("hopper_softmax.cuh", hopper_softmax_cuh),
        PAGED_TEXT("hopper_work.cuh", hopper_work_cuh),
        PAGED_TEXT("instances.cuh", instances_cuh),
        PAGED_TEXT("latent.cu", latent_cu),
        PAGED_TEXT("latent.cuh", latent_cuh),
        PAGED_TEXT("math.cu", math_cu),
        PAGED_TEXT("math.cuh", math_cuh),
        PAGED_TEXT("packed_codes.cuh", packed_codes_cuh),
        PAGED_TEXT("parts.cuh", parts_cuh),
        PAGED_TEXT("portable.cu", portable_cu),
        PAGED_TEXT("portable.cuh", portable_cuh),
        PAGED_TEXT("prologue.cu", prologue_cu),
        PAGED_TEXT("prologue.cuh", prologue_cuh),
        PAGED_TEXT("prompt.cu", prompt_cu),
        PAGED_TEXT("prompt.cuh", prompt_cuh),
        PAGED_TEXT("queries.cuh", queries_cuh),
        PAGED_TEXT("row_sums.cuh", row_sums_cuh),
        PAGED_TEXT("seen_values.cuh", seen_values_cuh),
        PAGED_TEXT("sequences.cuh", sequences_cuh),
        PAGED_TEXT("small_prompt.cu", small_prompt_cu),
        PAGED_TEXT("softmax.cuh", softmax_cuh),
        PAGED_TEXT("sparse.cu", sparse_cu),
        PAGED_TEXT("sparse.cuh", sparse_cuh),
        PAGED_TEXT("paged_cuda.h", paged_cuda_h),
    };
    *count = sizeof sources / sizeof sources[0];
    return sources;
}

const paged_cuda_text *paged_cuda_modules(size_t *count) {
    static const paged_cuda_text modules[] = {
        PAGED_TEXT("compute_60_float16_float16", compute_60_float16_float16),
        PAGED_TEXT("compute_60_float16_int8", compute_60_float16_int8),
        PAGED_TEXT("compute_60_float16_float8e4m3fn", compute_60_float16_float8e4m3fn),
        PAGED_TEXT("compute_60_float16_int4", compute_60_float16_int4),
        PAGED_TEXT("compute_60_float16_float4e2m1", compute_60_float16_float4e2m1),
        PAGED_TEXT("compute_60_bfloat16_bfloat16", compute_60_bfloat16_bfloat16),
        PAGED_TEXT("compute_60_bfloat16_int8", compute_60_bfloat16_int8),
        PAGED_TEXT("compute_60_bfloat16_float8e4m3fn", compute_60_bfloat16_float8e4m3fn),
        PAGED_TEXT("compute_60_bfloat16_int4", compute_60_bfloat16_int4),
        PAGED_TEXT("compute_60_bfloat16_float4e2m1", compute_60_bfloat16_float4e2m1),
        PAGED_TEXT("compute_75_float16_float16", compute_75_float16_float16),
        PAGED_TEXT("compute_80_float16_float16", compute_80_float16_float16),
        PAGED_TEXT("compute_80_bfloat16_bfloat16", compute_80_bfloat16_bfloat16),
        PAGED_TEXT("compute_90a_float16_float16", compute_90a_float16_float16),
        PAGED_TEXT("compute_90a_bfloat16_bfloat16", compute_90a_bfloat16_bfloat16),
    };
    *count = sizeof modules / sizeof modules[0];
    return modules;
}
