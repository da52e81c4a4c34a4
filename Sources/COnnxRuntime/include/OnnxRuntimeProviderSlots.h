// Slots for an execution provider, read since 1.24: those of the main table, and a table of their
// own.
#ifndef PAGED_ATTENTION_ONNX_RUNTIME_PROVIDER_SLOTS_H
#define PAGED_ATTENTION_ONNX_RUNTIME_PROVIDER_SLOTS_H

#include "OnnxRuntimeProvider.h"

#pragma clang assume_nonnull begin

// The main table: devices, options, graphs, types of a node's inputs.
ORT_SLOT(317, const ort_provider_table *_Nullable, functions_for_providers, void)
ORT_SLOT(307, int32_t, hardware_kind, const ort_hardware *hardware)
ORT_SLOT(308, uint32_t, hardware_vendor, const ort_hardware *hardware)
ORT_SLOT(320, ort_result, create_memory, const char *name, int32_t device_kind, uint32_t vendor,
         int32_t device_number, int32_t memory_kind, size_t alignment, int32_t allocator,
         ort_memory *_Nullable *_Nonnull out)
ORT_SLOT(318, ort_result, tensor_byte_count, const ort_value *value, size_t *out)
ORT_SLOT(384, void *_Nullable, stream_handle, ort_stream *stream)
ORT_SLOT(379, ort_result, session_configuration, const ort_session_options *options,
         ort_pairs_list *_Nullable *_Nonnull out)
ORT_SLOT(344, ort_result, node_count, const ort_graph *graph, size_t *out)
ORT_SLOT(345, ort_result, nodes, const ort_graph *graph,
         const ort_node *_Nullable *_Nonnull out, size_t count)
ORT_SLOT(234, ort_result, kernel_input_type, const ort_kernel_info *info, size_t index,
         ort_type_info *_Nullable *_Nonnull out)

/// Defines `ort_name(table)` for a slot of the providers' own table.
#define ORT_PROVIDER_SLOT(number, result, name, ...)                                              \
    typedef result (*_Nonnull ort_##name##_function)(__VA_ARGS__);                                \
    static inline ort_##name##_function ort_##name(const ort_provider_table *_Nonnull table) {    \
        return (ort_##name##_function)table->slots[number];                                       \
    }

// Devices and capability.
ORT_PROVIDER_SLOT(0, ort_result, create_provider_device, ort_provider_factory *factory,
                  const ort_hardware *hardware, const ort_pairs_list *_Nullable metadata,
                  const ort_pairs_list *_Nullable options,
                  ort_provider_device *_Nullable *_Nonnull out)
ORT_PROVIDER_SLOT(5, ort_result, add_device_memory, ort_provider_device *device,
                  const ort_memory *memory)
ORT_PROVIDER_SLOT(16, ort_result, create_hardware, int32_t kind, uint32_t vendor,
                  uint32_t device, const char *vendor_name, const ort_pairs_list *_Nullable metadata,
                  ort_hardware *_Nullable *_Nonnull out)
ORT_PROVIDER_SLOT(3, ort_result, take_node, ort_support *support, const ort_node *node)
ORT_PROVIDER_SLOT(41, ort_result, find_kernel, ort_support *support, const ort_node *node,
                  const ort_kernel_definition *_Nullable *_Nonnull out)

// Memory.
ORT_PROVIDER_SLOT(6, const ort_memory_device *_Nonnull, device_of_memory, const ort_memory *memory)
ORT_PROVIDER_SLOT(7, const ort_memory_device *_Nullable, device_of_value, const ort_value *value)
ORT_PROVIDER_SLOT(9, int32_t, device_kind, const ort_memory_device *device)
ORT_PROVIDER_SLOT(11, uint32_t, device_vendor, const ort_memory_device *device)
ORT_PROVIDER_SLOT(12, uint32_t, device_number, const ort_memory_device *device)

// Kernels.
ORT_PROVIDER_SLOT(27, ort_result, set_input_memory, ort_definition_builder *builder, size_t index,
                  int32_t kind)
ORT_PROVIDER_SLOT(28, ort_result, set_output_memory, ort_definition_builder *builder, size_t index,
                  int32_t kind)
ORT_PROVIDER_SLOT(18, ort_result, create_kernel_registry,
                  ort_kernel_registry *_Nullable *_Nonnull out)
ORT_PROVIDER_SLOT(20, ort_result, add_kernel, ort_kernel_registry *registry,
                  const ort_kernel_definition *definition, ort_create_provider_kernel create,
                  void *_Nullable state)
ORT_PROVIDER_SLOT(21, ort_result, create_definition_builder,
                  ort_definition_builder *_Nullable *_Nonnull out)
ORT_PROVIDER_SLOT(22, void, release_definition_builder, ort_definition_builder *builder)
ORT_PROVIDER_SLOT(23, ort_result, set_operator, ort_definition_builder *builder, const char *name)
ORT_PROVIDER_SLOT(24, ort_result, set_domain, ort_definition_builder *builder, const char *domain)
ORT_PROVIDER_SLOT(25, ort_result, set_versions, ort_definition_builder *builder, int32_t first,
                  int32_t last)
ORT_PROVIDER_SLOT(26, ort_result, set_provider, ort_definition_builder *builder, const char *name)
ORT_PROVIDER_SLOT(29, ort_result, add_type_constraint, ort_definition_builder *builder,
                  const char *name, const ort_data_type *_Nullable const *_Nonnull types,
                  size_t count)
ORT_PROVIDER_SLOT(30, ort_result, add_aliases, ort_definition_builder *builder,
                  const int32_t *inputs, const int32_t *outputs, size_t count)
ORT_PROVIDER_SLOT(32, ort_result, build_definition, ort_definition_builder *builder,
                  ort_kernel_definition *_Nullable *_Nonnull out)
ORT_PROVIDER_SLOT(33, void, release_definition, ort_kernel_definition *definition)
ORT_PROVIDER_SLOT(43, ort_result, provider_of_kernel, const ort_kernel_info *info,
                  const ort_provider *_Nullable *_Nonnull out)
ORT_PROVIDER_SLOT(40, ort_result, tensor_type, int32_t element_type,
                  const ort_data_type *_Nullable *_Nonnull out)

#pragma clang assume_nonnull end

#endif
