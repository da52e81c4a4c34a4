// The driver of the tests: see paged_cuda_mock.h.
#include "mock.hpp"

#include <cstdlib>
#include <cstring>

namespace paged::mock {

State &state() {
    static thread_local State state;
    return state;
}

int32_t begin(const char *name) {
    auto counted = state().calls.find(std::string_view(name));
    if (counted == state().calls.end()) counted = state().calls.emplace(name, 0).first;
    ++counted->second;
    const auto found = state().failures.find(std::string_view(name));
    if (found == state().failures.end() || found->second.calls-- > 0) return success;
    const int32_t code = found->second.code;
    state().failures.erase(found);
    return code;
}

namespace {

#define PAGED_BEGIN(name)                       \
    if (const int32_t code = begin(name)) return code
#define PAGED_NEED_CONTEXT \
    if (state().current.empty()) return invalid_context

template <class Handle> bool is_open(const Handle *handle) { return state().handles.count(handle) > 0; }

Stream *stream_of(Stream *stream) { return stream ? (is_open(stream) ? stream : nullptr) : &state().default_stream; }

// Whether some bytes lie in one buffer.
bool is_on_device(uint64_t address, size_t byte_count) {
    auto next = state().buffers.upper_bound(address);
    if (next == state().buffers.begin()) return false;
    --next;
    return address - next->first + byte_count <= next->second;
}

int32_t execute(const Work &work) {
    switch (work.kind) {
    case Work::copy:
        std::memcpy(work.target, work.source, work.byte_count);
        return success;
    case Work::fill:
        std::memset(work.target, work.byte, work.byte_count);
        return success;
    case Work::kernel:
        PAGED_BEGIN("kernel");
        return paged_emulator_launch(work.function->name.c_str(), work.launch, &work.call, 0) ? launch_failed : success;
    }
    return success;
}

void finish(Stream &stream) {
    for (const Work &work : stream.work) {
        if (stream.failure == success) stream.failure = execute(work);
    }
    stream.work.clear();
}

int32_t enqueue(Stream *stream, const Work &work) {
    if (!(stream = stream_of(stream))) return invalid_handle;
    stream->work.push_back(work);
    return success;
}

int32_t cuInit(uint32_t) { return begin("cuInit"); }

int32_t cuDriverGetVersion(int32_t *version) {
    PAGED_BEGIN("cuDriverGetVersion");
    *version = 12060;
    return success;
}

int32_t cuGetErrorName(int32_t code, const char **text) {
    *text = code == out_of_memory ? "CUDA_ERROR_OUT_OF_MEMORY"
        : code == no_device       ? "CUDA_ERROR_NO_DEVICE"
        : code == invalid_image   ? "CUDA_ERROR_INVALID_IMAGE"
        : code == launch_failed   ? "CUDA_ERROR_LAUNCH_FAILED"
                                  : "CUDA_ERROR_OF_THE_MOCK";
    return success;
}

int32_t cuGetErrorString(int32_t code, const char **text) {
    *text = code == out_of_memory ? "out of memory" : "as the test has asked for";
    return success;
}

int32_t cuDeviceGetCount(int32_t *count) {
    PAGED_BEGIN("cuDeviceGetCount");
    *count = state().machine.device_count;
    return success;
}

int32_t cuDeviceGet(int32_t *device, int32_t ordinal) {
    PAGED_BEGIN("cuDeviceGet");
    if (ordinal < 0 || ordinal >= state().machine.device_count) return invalid_device;
    *device = ordinal;
    return success;
}

int32_t cuDeviceGetName(char *name, int32_t size, int32_t) {
    PAGED_BEGIN("cuDeviceGetName");
    std::strncpy(name, "Emulated GPU", size_t(size));
    return success;
}

int32_t cuDeviceGetAttribute(int32_t *value, int32_t attribute, int32_t) {
    PAGED_BEGIN("cuDeviceGetAttribute");
    const paged_mock_machine &machine = state().machine;
    switch (attribute) {
    case 16: *value = machine.multiprocessor_count; return success;
    case 75: *value = machine.capability_major; return success;
    case 76: *value = machine.capability_minor; return success;
    case 97: *value = machine.shared_memory_per_block; return success;
    default: return invalid_value;
    }
}

int32_t cuDeviceTotalMem(size_t *bytes, int32_t) {
    PAGED_BEGIN("cuDeviceTotalMem_v2");
    *bytes = size_t(1) << 30;
    return success;
}

int32_t cuDevicePrimaryCtxRetain(Context **context, int32_t) {
    PAGED_BEGIN("cuDevicePrimaryCtxRetain");
    ++state().retained;
    *context = &state().primary;
    return success;
}

int32_t cuDevicePrimaryCtxRelease(int32_t) {
    PAGED_BEGIN("cuDevicePrimaryCtxRelease_v2");
    return state().retained-- > 0 ? success : invalid_context;
}

int32_t cuCtxPushCurrent(Context *context) {
    PAGED_BEGIN("cuCtxPushCurrent_v2");
    if (context != &state().primary || state().retained == 0) return invalid_context;
    state().current.push_back(context);
    return success;
}

int32_t cuCtxPopCurrent(Context **context) {
    PAGED_BEGIN("cuCtxPopCurrent_v2");
    PAGED_NEED_CONTEXT;
    *context = state().current.back();
    state().current.pop_back();
    return success;
}

// PTX names the architecture that it is for and its kernels; so does the code of the mock's compiler.
int32_t cuModuleLoadDataEx(Module **module, const void *image, uint32_t, int32_t *, void **) {
    PAGED_BEGIN("cuModuleLoadDataEx");
    PAGED_NEED_CONTEXT;
    const char *text = (const char *)image;
    const char *target = std::strstr(text, ".target sm_");
    if (!target) return invalid_image;
    const paged_mock_machine &machine = state().machine;
    if (std::atoi(target + 11) > 10 * machine.capability_major + machine.capability_minor) return no_binary;
    *module = new Module{text};
    state().handles.insert(*module);
    return success;
}

int32_t cuModuleUnload(Module *module) {
    PAGED_BEGIN("cuModuleUnload");
    PAGED_NEED_CONTEXT;
    if (!state().handles.erase(module)) return invalid_handle;
    delete module;
    return success;
}

int32_t cuModuleGetFunction(Function **function, Module *module, const char *name) {
    PAGED_BEGIN("cuModuleGetFunction");
    PAGED_NEED_CONTEXT;
    if (!is_open(module)) return invalid_handle;
    if (module->names.find(std::string(".entry ") + name + "(") == std::string::npos) return not_found;
    Function &known = state().functions[name];
    known = {module, name, 48 << 10};
    *function = &known;
    return success;
}

int32_t cuFuncSetAttribute(Function *function, int32_t attribute, int32_t value) {
    PAGED_BEGIN("cuFuncSetAttribute");
    PAGED_NEED_CONTEXT;
    if (attribute != 8 || value > state().machine.shared_memory_per_block) return invalid_value;
    function->shared_limit = uint32_t(value);
    return success;
}

int32_t cuLaunchKernel(
    Function *function, uint32_t grid_x, uint32_t grid_y, uint32_t grid_z, uint32_t threads, uint32_t threads_y,
    uint32_t threads_z, uint32_t shared_bytes, Stream *stream, void **arguments, void **
) {
    PAGED_BEGIN("cuLaunchKernel");
    PAGED_NEED_CONTEXT;
    if (!is_open(function->module)) return invalid_handle;
    if (shared_bytes > function->shared_limit || threads_y != 1 || threads_z != 1) return invalid_value;
    if (!grid_x || !grid_y || !grid_z || grid_y > 65535 || grid_z > 65535 || threads > 1024) return invalid_value;
    Work work = {};
    work.kind = Work::kernel;
    work.function = function;
    work.launch = {grid_x, grid_y, grid_z, threads, shared_bytes};
    work.call = *(const paged_cuda_call *)arguments[0];
    return enqueue(stream, work);
}

int32_t cuMemAlloc(uint64_t *address, size_t byte_count) {
    PAGED_BEGIN("cuMemAlloc_v2");
    PAGED_NEED_CONTEXT;
    if (byte_count == 0) return invalid_value;
    void *memory = nullptr;
    if (posix_memalign(&memory, 256, byte_count) != 0) return out_of_memory;
    std::memset(memory, 0xff, byte_count);
    *address = uint64_t(memory);
    state().buffers[*address] = byte_count;
    return success;
}

int32_t cuMemFree(uint64_t address) {
    PAGED_BEGIN("cuMemFree_v2");
    PAGED_NEED_CONTEXT;
    // As the driver does: nobody may still use the memory.
    finish(state().default_stream);
    for (Stream *stream : state().streams) finish(*stream);
    if (!state().buffers.erase(address)) return invalid_value;
    std::free((void *)address);
    return success;
}

int32_t copy(Stream *stream, void *target, const void *source, size_t byte_count) {
    PAGED_NEED_CONTEXT;
    Work work = {};
    work.kind = Work::copy;
    work.target = target;
    work.source = source;
    work.byte_count = byte_count;
    return enqueue(stream, work);
}

int32_t cuMemcpyHtoDAsync(uint64_t target, const void *source, size_t byte_count, Stream *stream) {
    PAGED_BEGIN("cuMemcpyHtoDAsync_v2");
    return is_on_device(target, byte_count) ? copy(stream, (void *)target, source, byte_count) : invalid_value;
}

int32_t cuMemcpyDtoHAsync(void *target, uint64_t source, size_t byte_count, Stream *stream) {
    PAGED_BEGIN("cuMemcpyDtoHAsync_v2");
    return is_on_device(source, byte_count) ? copy(stream, target, (const void *)source, byte_count) : invalid_value;
}

int32_t cuMemcpyDtoDAsync(uint64_t target, uint64_t source, size_t byte_count, Stream *stream) {
    PAGED_BEGIN("cuMemcpyDtoDAsync_v2");
    return is_on_device(target, byte_count) && is_on_device(source, byte_count)
        ? copy(stream, (void *)target, (const void *)source, byte_count)
        : invalid_value;
}

int32_t cuMemsetD8Async(uint64_t target, unsigned char byte, size_t byte_count, Stream *stream) {
    PAGED_BEGIN("cuMemsetD8Async");
    PAGED_NEED_CONTEXT;
    if (!is_on_device(target, byte_count)) return invalid_value;
    Work work = {};
    work.kind = Work::fill;
    work.target = (void *)target;
    work.byte = byte;
    work.byte_count = byte_count;
    return enqueue(stream, work);
}

template <class Handle> int32_t create(const char *name, Handle **handle) {
    PAGED_BEGIN(name);
    PAGED_NEED_CONTEXT;
    *handle = new Handle();
    state().handles.insert(*handle);
    return success;
}

template <class Handle> int32_t destroy(const char *name, Handle *handle) {
    PAGED_BEGIN(name);
    PAGED_NEED_CONTEXT;
    if (!state().handles.erase(handle)) return invalid_handle;
    delete handle;
    return success;
}

int32_t cuStreamCreate(Stream **stream, uint32_t) {
    const int32_t code = create("cuStreamCreate", stream);
    if (code != success) return code;
    // Room, so that to enqueue allocates nothing.
    (*stream)->work.reserve(64);
    state().streams.insert(*stream);
    return success;
}

int32_t cuStreamDestroy(Stream *stream) {
    if (state().streams.erase(stream)) finish(*stream);
    return destroy("cuStreamDestroy_v2", stream);
}

int32_t cuStreamSynchronize(Stream *stream) {
    PAGED_BEGIN("cuStreamSynchronize");
    PAGED_NEED_CONTEXT;
    if (!(stream = stream_of(stream))) return invalid_handle;
    finish(*stream);
    const int32_t code = stream->failure;
    stream->failure = success;
    return code;
}

int32_t cuEventCreate(Event **event, uint32_t) { return create("cuEventCreate", event); }
int32_t cuEventDestroy(Event *event) { return destroy("cuEventDestroy_v2", event); }

int32_t cuEventRecord(Event *event, Stream *stream) {
    PAGED_BEGIN("cuEventRecord");
    return is_open(event) && stream_of(stream) ? success : invalid_handle;
}

int32_t cuEventElapsedTime(float *milliseconds, Event *, Event *) {
    PAGED_BEGIN("cuEventElapsedTime");
    *milliseconds = 1;
    return success;
}

}  // namespace

}  // namespace paged::mock

using namespace paged::mock;

void *paged_mock_symbol(const char *name) {
    static const std::map<std::string, void *> functions = {
        {"cuInit", (void *)cuInit},
        {"cuDriverGetVersion", (void *)cuDriverGetVersion},
        {"cuGetErrorName", (void *)cuGetErrorName},
        {"cuGetErrorString", (void *)cuGetErrorString},
        {"cuDeviceGetCount", (void *)cuDeviceGetCount},
        {"cuDeviceGet", (void *)cuDeviceGet},
        {"cuDeviceGetName", (void *)cuDeviceGetName},
        {"cuDeviceGetAttribute", (void *)cuDeviceGetAttribute},
        {"cuDeviceTotalMem_v2", (void *)cuDeviceTotalMem},
        {"cuDevicePrimaryCtxRetain", (void *)cuDevicePrimaryCtxRetain},
        {"cuDevicePrimaryCtxRelease_v2", (void *)cuDevicePrimaryCtxRelease},
        {"cuCtxPushCurrent_v2", (void *)cuCtxPushCurrent},
        {"cuCtxPopCurrent_v2", (void *)cuCtxPopCurrent},
        {"cuModuleLoadDataEx", (void *)cuModuleLoadDataEx},
        {"cuModuleUnload", (void *)cuModuleUnload},
        {"cuModuleGetFunction", (void *)cuModuleGetFunction},
        {"cuFuncSetAttribute", (void *)cuFuncSetAttribute},
        {"cuLaunchKernel", (void *)cuLaunchKernel},
        {"cuMemAlloc_v2", (void *)cuMemAlloc},
        {"cuMemFree_v2", (void *)cuMemFree},
        {"cuMemcpyHtoDAsync_v2", (void *)cuMemcpyHtoDAsync},
        {"cuMemcpyDtoHAsync_v2", (void *)cuMemcpyDtoHAsync},
        {"cuMemcpyDtoDAsync_v2", (void *)cuMemcpyDtoDAsync},
        {"cuMemsetD8Async", (void *)cuMemsetD8Async},
        {"cuStreamCreate", (void *)cuStreamCreate},
        {"cuStreamSynchronize", (void *)cuStreamSynchronize},
        {"cuStreamDestroy_v2", (void *)cuStreamDestroy},
        {"cuEventCreate", (void *)cuEventCreate},
        {"cuEventRecord", (void *)cuEventRecord},
        {"cuEventElapsedTime", (void *)cuEventElapsedTime},
        {"cuEventDestroy_v2", (void *)cuEventDestroy},
    };
    const auto found = functions.find(name);
    return found == functions.end() ? compiler_symbol(name) : found->second;
}

void paged_mock_start(paged_mock_machine machine) {
    for (const auto &buffer : state().buffers) std::free((void *)buffer.first);
    state() = State();
    state().machine = machine;
    state().default_stream.work.reserve(64);
}

void paged_mock_fail(const char *name, int32_t code, int32_t calls) { state().failures[name] = {code, calls}; }

int32_t paged_mock_calls(const char *name) {
    const auto found = state().calls.find(std::string_view(name));
    return found == state().calls.end() ? 0 : found->second;
}

int32_t paged_mock_open_handles(void) {
    return int32_t(state().handles.size() + state().buffers.size() + state().current.size()) + state().retained;
}

int64_t paged_mock_open_bytes(void) {
    int64_t sum = 0;
    for (const auto &buffer : state().buffers) sum += int64_t(buffer.second);
    return sum;
}
