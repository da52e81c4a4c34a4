// Runs a PagedAttention model in ONNX Runtime on CPU: a prompt of three tokens, then one more.
//
//   attention LIBONNXRUNTIME PLUGIN MODEL
//
// MODEL comes from make-model.py. The header describes ONNX Runtime's C interface by slot numbers;
// with Microsoft's header the same calls have the names in the comments.
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "COnnxRuntime.h"

enum { FLOAT = 1, INT32 = 6 };
enum { HEADS = 2, KV_HEADS = 1, HEAD_SIZE = 8, BLOCKS = 2, BLOCK_SIZE = 16 };

static const ort_table *api;

static void check(ort_result status) {
    if (!status) return;
    fprintf(stderr, "error: %s\n", ort_status_message(api)(status));
    exit(1);
}

static void open_runtime(const char *path) {
    void *library = dlopen(path, RTLD_NOW);
    if (!library) {
        fprintf(stderr, "error: %s\n", dlerror());
        exit(1);
    }
    const ort_base *(*base)(void) = (const ort_base *(*)(void))dlsym(library, "OrtGetApiBase");
    api = base ? base()->table(18) : NULL;
    if (!api) {
        fprintf(stderr, "error: %s is not ONNX Runtime 1.18 or newer\n", path);
        exit(1);
    }
}

// A session with the plugin: CreateEnv, CreateSessionOptions, RegisterCustomOpsLibrary_V2.
static ort_session *open_session(const char *plugin, const char *model) {
    ort_environment *environment;
    ort_session_options *options;
    ort_session *session;
    check(ort_create_environment(api)(ORT_SEVERITY_WARNING, "example", &environment));
    check(ort_create_session_options(api)(&options));
    check(ort_register_operator_library(api)(options, plugin));
    check(ort_create_session(api)(environment, model, options, &session));
    return session;
}

// CreateTensorWithDataAsOrtValue: the tensor is our own memory.
static ort_value *tensor(void *data, int type, size_t rank, const int64_t *shape) {
    ort_memory *memory;
    ort_value *value;
    size_t bytes = 4;
    for (size_t axis = 0; axis < rank; axis++) bytes *= (size_t)shape[axis];
    check(ort_create_cpu_memory(api)(ORT_ARENA_ALLOCATOR, ORT_DEFAULT_MEMORY, &memory));
    check(ort_create_tensor_with_data(api)(memory, data, bytes, shape, rank, type, &value));
    return value;
}

static void bind(ort_binding *binding, const char *name, ort_value *value) {
    check(ort_bind_input(api)(binding, name, value));
}

// One step of one sequence: `past` tokens are cached, `count` are new.
static void step(ort_session *session, float *keys, float *values, int32_t past, int32_t count) {
    float query[64], key[64], value[64], output[64];
    for (int i = 0; i < count * HEADS * HEAD_SIZE; i++) query[i] = (float)(i % 7) / 7 - 0.5f;
    for (int i = 0; i < count * KV_HEADS * HEAD_SIZE; i++) {
        key[i] = (float)(i % 5) / 5 - 0.5f;
        value[i] = (float)(i + past) / 10;
    }
    int32_t cumulative[] = {0, count}, table[] = {1, 0};
    int64_t query_shape[] = {count, HEADS * HEAD_SIZE}, key_shape[] = {count, KV_HEADS * HEAD_SIZE};
    int64_t cache_shape[] = {BLOCKS, BLOCK_SIZE, KV_HEADS, HEAD_SIZE};
    ort_value *key_cache = tensor(keys, FLOAT, 4, cache_shape);
    ort_value *value_cache = tensor(values, FLOAT, 4, cache_shape);

    ort_binding *binding;
    check(ort_create_binding(api)(session, &binding));
    bind(binding, "query", tensor(query, FLOAT, 2, query_shape));
    bind(binding, "key", tensor(key, FLOAT, 2, key_shape));
    bind(binding, "value", tensor(value, FLOAT, 2, key_shape));
    bind(binding, "key_cache", key_cache);
    bind(binding, "value_cache", value_cache);
    bind(binding, "cumulative_sequence_length", tensor(cumulative, INT32, 1, (int64_t[]){2}));
    bind(binding, "past_seqlens", tensor(&past, INT32, 1, (int64_t[]){1}));
    bind(binding, "block_table", tensor(table, INT32, 2, (int64_t[]){1, BLOCKS}));
    // The cache is bound as input and output: it is changed in place and never copied.
    check(ort_bind_output(api)(binding, "output", tensor(output, FLOAT, 2, query_shape)));
    check(ort_bind_output(api)(binding, "key_cache_out", key_cache));
    check(ort_bind_output(api)(binding, "value_cache_out", value_cache));
    check(ort_run_with_binding(api)(session, NULL, binding));
    for (int token = 0; token < count; token++) {
        for (int i = 0; i < HEADS * HEAD_SIZE; i++) {
            printf("%s%.6f", i ? " " : "", output[token * HEADS * HEAD_SIZE + i]);
        }
        printf("\n");
    }
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: %s LIBONNXRUNTIME PLUGIN MODEL\n", argv[0]);
        return 2;
    }
    static float keys[BLOCKS * BLOCK_SIZE * KV_HEADS * HEAD_SIZE];
    static float values[BLOCKS * BLOCK_SIZE * KV_HEADS * HEAD_SIZE];
    open_runtime(argv[1]);
    ort_session *session = open_session(argv[2], argv[3]);
    step(session, keys, values, 0, 3);
    step(session, keys, values, 3, 1);
    ort_release_session(api)(session);
    return 0;
}
