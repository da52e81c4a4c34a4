// The structures that an execution provider library fills in, in the layout of version 24, and ours
// around them.
#ifndef PAGED_ATTENTION_ONNX_RUNTIME_PROVIDER_H
#define PAGED_ATTENTION_ONNX_RUNTIME_PROVIDER_H

#include <stdbool.h>

#include "OnnxRuntimeDevice.h"

/// A kernel of one node.
typedef struct ort_provider_kernel {
    uint32_t version;
    // ONNX Runtime's own; 0 to begin with.
    uint32_t flags;
    ort_result (*_Nullable compute)(
        struct ort_provider_kernel *_Nonnull, ort_kernel_context *_Nonnull);
    void (*_Nullable release)(struct ort_provider_kernel *_Nonnull);
    // Weights in a layout of the kernel's own; unused, null.
    const void *_Nullable prepack_weight;
    const void *_Nullable set_shared_prepacked_weight;
} ort_provider_kernel;

/// The provider in one session.
typedef struct ort_provider {
    uint32_t version;
    const char *_Nonnull (*_Nullable name)(const struct ort_provider *_Nonnull);
    // Tells which nodes of a graph the provider takes.
    ort_result (*_Nullable capability)(
        struct ort_provider *_Nonnull, const ort_graph *_Nonnull, ort_support *_Nonnull);
    // Compiling, layouts, hooks around runs, memory of its own; unused, null.
    const void *_Nullable unused[10];
    ort_result (*_Nullable kernel_registry)(
        struct ort_provider *_Nonnull, const ort_kernel_registry *_Nullable *_Nonnull);
    // Null: calls may come from several threads.
    const void *_Nullable allows_concurrent_runs;
} ort_provider;

/// What makes the provider for a session.
typedef struct ort_provider_factory {
    uint32_t version;
    const char *_Nonnull (*_Nullable name)(const struct ort_provider_factory *_Nonnull);
    const char *_Nonnull (*_Nullable vendor)(const struct ort_provider_factory *_Nonnull);
    ort_result (*_Nullable supported_devices)(
        struct ort_provider_factory *_Nonnull, const ort_hardware *_Nonnull const *_Nonnull devices,
        size_t device_count, ort_provider_device *_Nullable *_Nonnull out, size_t capacity,
        size_t *_Nonnull count);
    ort_result (*_Nullable create_provider)(
        struct ort_provider_factory *_Nonnull, const ort_hardware *_Nonnull const *_Nullable,
        const ort_pairs_list *_Nonnull const *_Nullable metadata, size_t device_count,
        const ort_session_options *_Nonnull, const ort_logger *_Nullable,
        ort_provider *_Nullable *_Nonnull out);
    void (*_Nullable release_provider)(
        struct ort_provider_factory *_Nonnull, ort_provider *_Nullable);
    uint32_t (*_Nullable vendor_identifier)(const struct ort_provider_factory *_Nonnull);
    const char *_Nonnull (*_Nullable provider_version)(const struct ort_provider_factory *_Nonnull);
    // Compiled models; unused, null.
    const void *_Nullable validate_compiled_model;
    ort_result (*_Nullable create_allocator)(
        struct ort_provider_factory *_Nonnull, const ort_memory *_Nullable,
        const ort_pairs_list *_Nullable, ort_device_allocator *_Nullable *_Nonnull out);
    void (*_Nullable release_allocator)(
        struct ort_provider_factory *_Nonnull, ort_device_allocator *_Nullable);
    ort_result (*_Nullable create_data_transfer)(
        struct ort_provider_factory *_Nonnull, ort_data_transfer *_Nullable *_Nonnull out);
    bool (*_Nullable has_streams)(const struct ort_provider_factory *_Nonnull);
    ort_result (*_Nullable create_stream)(
        struct ort_provider_factory *_Nonnull, const ort_memory_device *_Nonnull,
        const ort_pairs_list *_Nullable, ort_stream_description *_Nullable *_Nonnull out);
    // Incompatible devices, external memory; unused, null.
    const void *_Nullable unused[2];
    ort_result (*_Nullable operator_domain_count)(
        struct ort_provider_factory *_Nonnull, size_t *_Nonnull count);
    ort_result (*_Nullable operator_domains)(
        struct ort_provider_factory *_Nonnull, ort_operator_domain *_Nullable *_Nonnull out,
        size_t count);
} ort_provider_factory;

/// The factory with what its callbacks need to know; `base` comes first, as it does below, so that
/// a pointer to one is a pointer to the other.
typedef struct paged_provider_factory {
    ort_provider_factory base;
    const ort_table *_Nonnull table;
    uint32_t table_version;
    const ort_provider_table *_Nonnull provider_table;
    // What is said outside sessions.
    const ort_logger *_Nullable logger;
} paged_provider_factory;

/// The provider, the factory that made it, and the Swift object with what the session set.
typedef struct paged_provider {
    ort_provider base;
    const paged_provider_factory *_Nonnull factory;
    ort_kernel_registry *_Nonnull registry;
    void *_Nonnull settings;
} paged_provider;

/// A kernel and the Swift object that computes.
typedef struct paged_provider_kernel {
    ort_provider_kernel base;
    void *_Nonnull object;
} paged_provider_kernel;

/// What ONNX Runtime calls to make a kernel.
typedef ort_result (*_Nonnull ort_create_provider_kernel)(
    void *_Nullable state, const ort_kernel_info *_Nonnull,
    ort_provider_kernel *_Nullable *_Nonnull out);

#endif
