// The structures by which an execution provider offers a device of its own: memory, copies and streams, in the layout of
// version 24, and ours around them.
#ifndef PAGED_ATTENTION_ONNX_RUNTIME_DEVICE_H
#define PAGED_ATTENTION_ONNX_RUNTIME_DEVICE_H

#include <stdbool.h>

#include "OnnxRuntimeTypes.h"

/// Gives memory of a device.
typedef struct ort_device_allocator {
    uint32_t version;
    // Null where there is none.
    void *_Nullable (*_Nullable allocate)(struct ort_device_allocator *_Nonnull, size_t);
    void (*_Nullable free)(struct ort_device_allocator *_Nonnull, void *_Nullable);
    const ort_memory *_Nonnull (*_Nullable memory)(const struct ort_device_allocator *_Nonnull);
    // For what stays long: the same.
    void *_Nullable (*_Nullable reserve)(struct ort_device_allocator *_Nonnull, size_t);
    // Statistics; unused, null.
    const void *_Nullable statistics;
    void *_Nullable (*_Nullable allocate_for_stream)(
        struct ort_device_allocator *_Nonnull, size_t, ort_stream *_Nullable);
} ort_device_allocator;

/// Copies between a device and the host.
typedef struct ort_data_transfer {
    uint32_t version;
    void (*_Nullable release)(struct ort_data_transfer *_Nonnull);
    bool (*_Nullable can_copy)(
        const struct ort_data_transfer *_Nonnull, const ort_memory_device *_Nonnull source,
        const ort_memory_device *_Nonnull target);
    // `streams`, or one of them, may be null.
    ort_result (*_Nullable copy)(
        struct ort_data_transfer *_Nonnull, const ort_value *_Nonnull const *_Nonnull sources,
        ort_value *_Nonnull const *_Nonnull targets, ort_stream *_Nullable const *_Nullable streams,
        size_t count);
} ort_data_transfer;

/// A mark in a stream.
typedef struct ort_notification {
    uint32_t version;
    void (*_Nullable release)(struct ort_notification *_Nonnull);
    ort_result (*_Nullable activate)(struct ort_notification *_Nonnull);
    ort_result (*_Nullable wait_on_device)(
        struct ort_notification *_Nonnull, ort_stream *_Nonnull consumer);
    ort_result (*_Nullable wait_on_host)(struct ort_notification *_Nonnull);
} ort_notification;

/// What a provider says of a stream of its own.
typedef struct ort_stream_description {
    uint32_t version;
    void (*_Nullable release)(struct ort_stream_description *_Nonnull);
    // The driver's handle.
    void *_Nullable (*_Nullable handle)(struct ort_stream_description *_Nonnull);
    ort_result (*_Nullable create_notification)(
        struct ort_stream_description *_Nonnull, ort_notification *_Nullable *_Nonnull out);
    ort_result (*_Nullable flush)(struct ort_stream_description *_Nonnull);
    ort_result (*_Nullable end_run)(struct ort_stream_description *_Nonnull);
} ort_stream_description;

/// Each with the Swift object behind it; `base` comes first, so that a pointer to one is a pointer to the other.
typedef struct paged_device_allocator {
    ort_device_allocator base;
    void *_Nonnull object;
} paged_device_allocator;

typedef struct paged_data_transfer {
    ort_data_transfer base;
    void *_Nonnull object;
} paged_data_transfer;

typedef struct paged_notification {
    ort_notification base;
    void *_Nonnull object;
} paged_notification;

typedef struct paged_stream {
    ort_stream_description base;
    void *_Nonnull object;
} paged_stream;

#endif
