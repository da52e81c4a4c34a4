// The structure that an operator library fills in, in the layout of version 18, and ours around it.
#ifndef PAGED_ATTENTION_ONNX_RUNTIME_CUSTOM_OPERATOR_H
#define PAGED_ATTENTION_ONNX_RUNTIME_CUSTOM_OPERATOR_H

#include "OnnxRuntimeTypes.h"

/// One operator for one combination of element types.
typedef struct ort_custom_operator {
    uint32_t version;
    // Before version 16; unused, null.
    const void *_Nullable create_kernel_without_status;
    const char *_Nullable (*_Nullable name)(const struct ort_custom_operator *_Nonnull);
    const char *_Nullable (*_Nullable execution_provider)(
        const struct ort_custom_operator *_Nonnull);
    int32_t (*_Nullable input_type)(const struct ort_custom_operator *_Nonnull, size_t);
    size_t (*_Nullable input_count)(const struct ort_custom_operator *_Nonnull);
    int32_t (*_Nullable output_type)(const struct ort_custom_operator *_Nonnull, size_t);
    size_t (*_Nullable output_count)(const struct ort_custom_operator *_Nonnull);
    // Before version 16; unused, null.
    const void *_Nullable compute_without_status;
    void (*_Nullable destroy_kernel)(void *_Nullable);
    int32_t (*_Nullable input_characteristic)(const struct ort_custom_operator *_Nonnull, size_t);
    int32_t (*_Nullable output_characteristic)(const struct ort_custom_operator *_Nonnull, size_t);
    int32_t (*_Nullable input_memory)(const struct ort_custom_operator *_Nonnull, size_t);
    int32_t (*_Nullable variadic_input_minimum)(const struct ort_custom_operator *_Nonnull);
    int32_t (*_Nullable variadic_input_is_homogeneous)(const struct ort_custom_operator *_Nonnull);
    int32_t (*_Nullable variadic_output_minimum)(const struct ort_custom_operator *_Nonnull);
    int32_t (*_Nullable variadic_output_is_homogeneous)(const struct ort_custom_operator *_Nonnull);
    ort_result (*_Nullable create_kernel)(
        const struct ort_custom_operator *_Nonnull, const ort_table *_Nonnull,
        const ort_kernel_info *_Nonnull, void *_Nullable *_Nonnull);
    ort_result (*_Nullable compute)(void *_Nonnull, ort_kernel_context *_Nonnull);
    ort_result (*_Nullable infer_output_shape)(
        const struct ort_custom_operator *_Nonnull, ort_inference_context *_Nonnull);
    int32_t (*_Nullable start_version)(const struct ort_custom_operator *_Nonnull);
    int32_t (*_Nullable end_version)(const struct ort_custom_operator *_Nonnull);
    const void *_Nullable may_share_memory;
    const void *_Nullable release_may_share_memory;
    // Pairs of an input and the output that is the same memory; returns how many.
    size_t (*_Nullable aliases)(int32_t *_Nullable *_Nonnull, int32_t *_Nullable *_Nonnull);
    void (*_Nullable release_aliases)(int32_t *_Nullable, int32_t *_Nullable);
} ort_custom_operator;

/// The operator with what its callbacks need to know; `base` comes first, so that a pointer to one
/// is a pointer to the other.
typedef struct paged_custom_operator {
    ort_custom_operator base;
    const ort_table *_Nonnull table;
    uint32_t table_version;
    int32_t activation_type;
    int32_t cache_type;
    int32_t schema;
} paged_custom_operator;

#endif
