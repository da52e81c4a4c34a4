// Slots for an operator that runs inside ONNX Runtime: attributes, tensors of a call, threads.
#ifndef PAGED_ATTENTION_ONNX_RUNTIME_KERNEL_SLOTS_H
#define PAGED_ATTENTION_ONNX_RUNTIME_KERNEL_SLOTS_H

#include "OnnxRuntimeTypes.h"

struct ort_custom_operator;

#pragma clang assume_nonnull begin

// Registration.
ORT_SLOT(26, ort_result, create_operator_domain, const char *name,
         ort_operator_domain *_Nullable *_Nonnull out)
ORT_SLOT(27, ort_result, add_operator_to_domain, ort_operator_domain *domain,
         const struct ort_custom_operator *custom_operator)
ORT_SLOT(28, ort_result, add_operator_domain, ort_session_options *options,
         ort_operator_domain *domain)

// Attributes of a node. Text: `size` counts the closing zero and is set to what is needed.
ORT_SLOT(85, ort_result, attribute_float, const ort_kernel_info *info, const char *name, float *out)
ORT_SLOT(86, ort_result, attribute_integer, const ort_kernel_info *info, const char *name,
         int64_t *out)
ORT_SLOT(87, ort_result, attribute_text, const ort_kernel_info *info, const char *name,
         char *_Nullable out, size_t *size)

// The node's name (since 1.15), and what its session was configured with (since 1.24).
ORT_SLOT(244, ort_result, node_name, const ort_kernel_info *info, char *_Nullable out,
         size_t *size)
ORT_SLOT(391, ort_result, kernel_configuration, const ort_kernel_info *info,
         ort_pairs_list *_Nullable *_Nonnull out)

// Lists of keys and values (since 1.22).
ORT_SLOT(295, void, create_pairs, ort_pairs_list *_Nullable *_Nonnull out)
ORT_SLOT(296, void, add_pair, ort_pairs_list *list, const char *key, const char *value)
ORT_SLOT(298, void, pairs, const ort_pairs_list *list,
         const char *_Nullable const *_Nullable *_Nonnull keys,
         const char *_Nullable const *_Nullable *_Nonnull values, size_t *count)
ORT_SLOT(300, void, release_pairs, ort_pairs_list *list)

// Tensors of a call. An absent optional tensor is null.
ORT_SLOT(88, ort_result, kernel_input_count, const ort_kernel_context *context, size_t *out)
ORT_SLOT(89, ort_result, kernel_output_count, const ort_kernel_context *context, size_t *out)
ORT_SLOT(90, ort_result, kernel_input, const ort_kernel_context *context, size_t index,
         const ort_value *_Nullable *_Nonnull out)
ORT_SLOT(91, ort_result, kernel_output, ort_kernel_context *context, size_t index,
         const int64_t *_Nullable dimensions, size_t rank, ort_value *_Nullable *_Nonnull out)

// The driver's handle of the stream in which the call runs; null without one.
ORT_SLOT(193, ort_result, kernel_stream, const ort_kernel_context *context,
         void *_Nullable *_Nonnull out)

// The session's own thread pool (since 1.17) and logger (since 1.15).
typedef void (*ort_parallel_body)(void *_Nullable data, size_t index);
ORT_SLOT(274, ort_result, parallel_for, const ort_kernel_context *context, ort_parallel_body body,
         size_t count, size_t batch_count, void *_Nullable data)
ORT_SLOT(246, ort_result, kernel_logger, const ort_kernel_context *context,
         const ort_logger *_Nullable *_Nonnull out)
ORT_SLOT(247, ort_result, log_message, const ort_logger *logger, int32_t severity,
         const char *message, const char *file, int32_t line, const char *function)

// Shape inference (since 1.16).
ORT_SLOT(267, ort_result, inference_input_count, const ort_inference_context *context, size_t *out)
ORT_SLOT(268, ort_result, inference_input, const ort_inference_context *context, size_t index,
         ort_tensor_info *_Nullable *_Nonnull out)
ORT_SLOT(269, ort_result, inference_attribute, const ort_inference_context *context,
         const char *name, const ort_attribute *_Nullable *_Nonnull out)
ORT_SLOT(270, ort_result, set_inference_output, const ort_inference_context *context, size_t index,
         const ort_tensor_info *info)
ORT_SLOT(272, ort_result, read_attribute, const ort_attribute *attribute, int32_t type,
         void *_Nullable data, size_t size, size_t *out)

#pragma clang assume_nonnull end

#endif
