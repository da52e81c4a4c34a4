// Opaque objects, the table, and the macro that reads a slot with its type.
#ifndef PAGED_ATTENTION_ONNX_RUNTIME_TYPES_H
#define PAGED_ATTENTION_ONNX_RUNTIME_TYPES_H

#include <stddef.h>
#include <stdint.h>

// Only clang knows which pointers may be null.
#ifndef __clang__
#define _Nullable
#define _Nonnull
#endif

typedef struct ort_status ort_status;
typedef struct ort_environment ort_environment;
typedef struct ort_session ort_session;
typedef struct ort_session_options ort_session_options;
typedef struct ort_run_options ort_run_options;
typedef struct ort_value ort_value;
typedef struct ort_allocator ort_allocator;
typedef struct ort_memory ort_memory;
typedef struct ort_binding ort_binding;
typedef struct ort_type_info ort_type_info;
typedef struct ort_tensor_info ort_tensor_info;
typedef struct ort_operator_domain ort_operator_domain;
typedef struct ort_kernel_info ort_kernel_info;
typedef struct ort_kernel_context ort_kernel_context;
typedef struct ort_inference_context ort_inference_context;
typedef struct ort_attribute ort_attribute;
typedef struct ort_logger ort_logger;
typedef struct ort_pairs_list ort_pairs_list;
typedef struct ort_hardware ort_hardware;
typedef struct ort_provider_device ort_provider_device;
typedef struct ort_graph ort_graph;
typedef struct ort_node ort_node;
typedef struct ort_support ort_support;
typedef struct ort_data_type ort_data_type;
typedef struct ort_memory_device ort_memory_device;
typedef struct ort_stream ort_stream;
typedef struct ort_kernel_registry ort_kernel_registry;
typedef struct ort_kernel_definition ort_kernel_definition;
typedef struct ort_definition_builder ort_definition_builder;

/// The table of functions.
typedef struct ort_table {
    const void *_Nullable slots[1];
} ort_table;

/// The table of functions for execution providers.
typedef struct ort_provider_table {
    const void *_Nullable slots[1];
} ort_provider_table;

/// What `OrtGetApiBase` returns.
typedef struct ort_base {
    /// The table of an interface version, or null where the library is older than that.
    const ort_table *_Nullable (*_Nonnull table)(uint32_t version);
    /// The library's version, such as "1.32.0".
    const char *_Nonnull (*_Nonnull version)(void);
} ort_base;

enum {
    ORT_CODE_FAIL = 1,
    ORT_CODE_INVALID_ARGUMENT = 2,
    ORT_CODE_NOT_IMPLEMENTED = 9,
    ORT_SEVERITY_WARNING = 2,
    ORT_SEVERITY_ERROR = 3,
    ORT_REQUIRED = 0,
    ORT_OPTIONAL = 1,
    ORT_ATTRIBUTE_INTEGER = 1,
    ORT_ARENA_ALLOCATOR = 1,
    ORT_DEFAULT_MEMORY = 0,
    ORT_PROCESSOR = 0,
    ORT_GPU = 1,
    ORT_DEVICE_ALLOCATOR = 0,
    ORT_PROCESSOR_INPUT = -2,
    ORT_PROCESSOR_OUTPUT = -1,
};

/// Most functions return null for success, or a status that the caller releases.
typedef ort_status *_Nullable ort_result;

/// Defines `ort_name(table)`, which is the function in slot `number` with its type.
#define ORT_SLOT(number, result, name, ...)                                                       \
    typedef result (*_Nonnull ort_##name##_function)(__VA_ARGS__);                                \
    static inline ort_##name##_function ort_##name(const ort_table *_Nonnull table) {             \
        return (ort_##name##_function)table->slots[number];                                       \
    }

#endif
