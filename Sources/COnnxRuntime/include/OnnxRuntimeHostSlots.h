// Slots for a program that runs models: environment, session, tensors, binding.
#ifndef PAGED_ATTENTION_ONNX_RUNTIME_HOST_SLOTS_H
#define PAGED_ATTENTION_ONNX_RUNTIME_HOST_SLOTS_H

#include "OnnxRuntimeTypes.h"

#pragma clang assume_nonnull begin

// Status.
ORT_SLOT(0, ort_status *_Nullable, create_status, int32_t code, const char *message)
ORT_SLOT(1, int32_t, status_code, const ort_status *status)
ORT_SLOT(2, const char *_Nonnull, status_message, const ort_status *status)
ORT_SLOT(93, void, release_status, ort_status *status)

// Environment and session.
ORT_SLOT(3, ort_result, create_environment, int32_t severity, const char *name,
         ort_environment *_Nullable *_Nonnull out)
ORT_SLOT(92, void, release_environment, ort_environment *environment)
ORT_SLOT(7, ort_result, create_session, const ort_environment *environment, const char *path,
         const ort_session_options *options, ort_session *_Nullable *_Nonnull out)
ORT_SLOT(8, ort_result, create_session_of_bytes, const ort_environment *environment,
         const void *bytes, size_t byte_count, const ort_session_options *options,
         ort_session *_Nullable *_Nonnull out)
ORT_SLOT(95, void, release_session, ort_session *session)
ORT_SLOT(10, ort_result, create_session_options, ort_session_options *_Nullable *_Nonnull out)
ORT_SLOT(100, void, release_session_options, ort_session_options *options)
ORT_SLOT(130, ort_result, set_session_configuration, ort_session_options *options,
         const char *key, const char *value)
ORT_SLOT(228, ort_result, register_operator_library, ort_session_options *options,
         const char *path)
ORT_SLOT(17, ort_result, disable_memory_pattern, ort_session_options *options)
ORT_SLOT(19, ort_result, disable_arena, ort_session_options *options)
ORT_SLOT(22, ort_result, set_log_severity, ort_session_options *options, int32_t severity)
ORT_SLOT(23, ort_result, set_optimization_level, ort_session_options *options, int32_t level)
ORT_SLOT(24, ort_result, set_intra_op_threads, ort_session_options *options, int32_t count)
ORT_SLOT(25, ort_result, set_inter_op_threads, ort_session_options *options, int32_t count)

// Inputs and outputs of a session.
ORT_SLOT(30, ort_result, session_input_count, const ort_session *session, size_t *out)
ORT_SLOT(31, ort_result, session_output_count, const ort_session *session, size_t *out)
ORT_SLOT(33, ort_result, session_input_type, const ort_session *session, size_t index,
         ort_type_info *_Nullable *_Nonnull out)
ORT_SLOT(34, ort_result, session_output_type, const ort_session *session, size_t index,
         ort_type_info *_Nullable *_Nonnull out)
ORT_SLOT(36, ort_result, session_input_name, const ort_session *session, size_t index,
         ort_allocator *allocator, char *_Nullable *_Nonnull out)
ORT_SLOT(37, ort_result, session_output_name, const ort_session *session, size_t index,
         ort_allocator *allocator, char *_Nullable *_Nonnull out)
ORT_SLOT(78, ort_result, default_allocator, ort_allocator *_Nullable *_Nonnull out)
ORT_SLOT(76, ort_result, free_memory, ort_allocator *allocator, void *memory)
ORT_SLOT(55, ort_result, tensor_info_of_type, const ort_type_info *info,
         const ort_tensor_info *_Nullable *_Nonnull out)
ORT_SLOT(98, void, release_type_info, ort_type_info *info)

// Tensors.
ORT_SLOT(49, ort_result, create_tensor_with_data, const ort_memory *memory, void *data,
         size_t byte_count, const int64_t *dimensions, size_t rank, int32_t element_type,
         ort_value *_Nullable *_Nonnull out)
ORT_SLOT(51, ort_result, tensor_data, const ort_value *value, void *_Nullable *_Nonnull out)
ORT_SLOT(96, void, release_value, ort_value *value)
ORT_SLOT(69, ort_result, create_cpu_memory, int32_t allocator, int32_t kind,
         ort_memory *_Nullable *_Nonnull out)
ORT_SLOT(94, void, release_memory, ort_memory *memory)
ORT_SLOT(65, ort_result, tensor_info_of_value, const ort_value *value,
         ort_tensor_info *_Nullable *_Nonnull out)
ORT_SLOT(57, ort_result, create_tensor_info, ort_tensor_info *_Nullable *_Nonnull out)
ORT_SLOT(58, ort_result, set_element_type, ort_tensor_info *info, int32_t element_type)
ORT_SLOT(59, ort_result, set_dimensions, ort_tensor_info *info, const int64_t *dimensions,
         size_t rank)
ORT_SLOT(60, ort_result, element_type, const ort_tensor_info *info, int32_t *out)
ORT_SLOT(61, ort_result, dimension_count, const ort_tensor_info *info, size_t *out)
ORT_SLOT(62, ort_result, dimensions, const ort_tensor_info *info, int64_t *out, size_t rank)
ORT_SLOT(63, ort_result, symbolic_dimensions, const ort_tensor_info *info,
         const char *_Nullable *_Nonnull out, size_t rank)
ORT_SLOT(271, ort_result, set_symbolic_dimensions, ort_tensor_info *info,
         const char *_Nullable *_Nonnull names, size_t rank)
ORT_SLOT(99, void, release_tensor_info, ort_tensor_info *info)
// Since 1.24: the shape without an allocation, valid while the value is.
ORT_SLOT(414, ort_result, tensor_type_and_shape, const ort_value *value, int32_t *element_type,
         const int64_t *_Nullable *_Nonnull dimensions, size_t *rank)

// Running with bound tensors.
ORT_SLOT(133, ort_result, run_with_binding, ort_session *session,
         const ort_run_options *_Nullable options, const ort_binding *binding)
ORT_SLOT(134, ort_result, create_binding, ort_session *session,
         ort_binding *_Nullable *_Nonnull out)
ORT_SLOT(135, void, release_binding, ort_binding *binding)
ORT_SLOT(136, ort_result, bind_input, ort_binding *binding, const char *name,
         const ort_value *value)
ORT_SLOT(137, ort_result, bind_output, ort_binding *binding, const char *name,
         const ort_value *value)

#pragma clang assume_nonnull end

#endif
