// The driver of the tests: see paged_cuda_mock.h.
#include "mock.hpp"

#include <cstdlib>
#include <cstring>

#ifdef PAGED_MOCK_LIBRARY
#include <sys/mman.h>
#endif

namespace paged::mock {

#ifdef PAGED_MOCK_LIBRARY
State &state() {
    static State state;
    return state;
}

static std::recursive_mutex &mutex() {
    static std::recursive_mutex mutex;
    return mutex;
}

Turn::Turn() { mutex().lock(); }
Turn::~Turn() { mutex().unlock(); }
#else
State &state() {
    static thread_local State state;
    return state;
}

Turn::Turn() {}
Turn::~Turn() {}
#endif

std::vector<Context *> &current() {
    static thread_local std::vector<Context *> current;
    return current;
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

#define PAGED_BEGIN(name) \
    const Turn turn;      \
    if (const int32_t code = begin(name)) return code
#define PAGED_NEED_CONTEXT \
    if (current().empty()) return invalid_context

template <class Handle> static bool is_open(const Handle *handle) { return state().handles.count(handle) > 0; }

// The stream of the current context; null for another's.
static Stream *stream_of(Stream *stream) {
    if (!stream) return &state().default_stream;
    return is_open(stream) && stream->context == current().back() ? stream : nullptr;
}

// Whether some bytes lie in one buffer, of any device.
static bool is_on_device(uint64_t address, size_t byte_count) {
    auto next = state().buffers.upper_bound(address);
    if (next == state().buffers.begin()) return false;
    --next;
    return address - next->first + byte_count <= next->second.byte_count;
}

// Whether a tensor that is there begins in a buffer of the current context: kernels read no others.
static bool is_here(const void *pointer) {
    if (!pointer) return true;
    auto next = state().buffers.upper_bound(uint64_t(pointer));
    if (next == state().buffers.begin()) return false;
    --next;
    return uint64_t(pointer) - next->first <= next->second.byte_count && next->second.context == current().back();
}

// Memory of unspecified content. In a library the host must not touch it, as it could not touch a GPU's: only the device may,
// while it works.
#ifdef PAGED_MOCK_LIBRARY
static void *take(size_t byte_count) {
    void *memory = mmap(nullptr, byte_count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return nullptr;
    std::memset(memory, 0xff, byte_count);
    mprotect(memory, byte_count, PROT_NONE);
    return memory;
}

static void give_back(void *memory, size_t byte_count) { munmap(memory, byte_count); }

class DeviceAtWork {
    static int depth;

    static void protect(int protection) {
        for (const auto &buffer : state().buffers) mprotect((void *)buffer.first, buffer.second.byte_count, protection);
    }

  public:
    DeviceAtWork() {
        if (depth++ == 0) protect(PROT_READ | PROT_WRITE);
    }
    ~DeviceAtWork() {
        if (--depth == 0) protect(PROT_NONE);
    }
};

int DeviceAtWork::depth = 0;
#else
static void *take(size_t byte_count) {
    void *memory = nullptr;
    if (posix_memalign(&memory, 256, byte_count) != 0) return nullptr;
    return std::memset(memory, 0xff, byte_count);
}

static void give_back(void *memory, size_t) { std::free(memory); }

struct DeviceAtWork {
    DeviceAtWork() {}
};
#endif

static void finish(Stream &stream, uint64_t count);

static int32_t execute(const Work &work) {
    const DeviceAtWork device;
    switch (work.kind) {
    case Work::wait:
        if (is_open(work.awaited)) finish(*work.awaited, work.ticket);
        return success;
    case Work::copy:
        std::memcpy(work.target, work.source, work.byte_count);
        return success;
    case Work::fill:
        std::memset(work.target, work.byte, work.byte_count);
        return success;
    case Work::kernel:
        PAGED_BEGIN("kernel");
        if (!is_on_device(uint64_t(work.call.starts), 1)) return illegal_address;  // freed since
        return paged_emulator_launch(work.function->name.c_str(), work.launch, &work.call, &work.maps, 0) ? launch_failed : success;
    }
    return success;
}

// Does what is enqueued, until so much was done ever.
static void finish(Stream &stream, uint64_t count = UINT64_MAX) {
    while (stream.next < stream.work.size() && stream.done < count) {
        const Work work = stream.work[stream.next++];
        ++stream.done;
        if (stream.failure == success) stream.failure = execute(work);
    }
    if (stream.next < stream.work.size()) return;
    stream.work.clear();
    stream.next = 0;
}

static int32_t enqueue(Stream *stream, const Work &work) {
    if (!(stream = stream_of(stream))) return invalid_handle;
    (stream->captured ? stream->captured->work : stream->work).push_back(work);
    return success;
}

PAGED_DRIVER cuInit(uint32_t) {
    PAGED_BEGIN("cuInit");
    return success;
}

PAGED_DRIVER cuDriverGetVersion(int32_t *version) {
    PAGED_BEGIN("cuDriverGetVersion");
    *version = 12060;
    return success;
}

PAGED_DRIVER cuGetErrorName(int32_t code, const char **text) {
    *text = code == out_of_memory ? "CUDA_ERROR_OUT_OF_MEMORY"
        : code == no_device       ? "CUDA_ERROR_NO_DEVICE"
        : code == invalid_image   ? "CUDA_ERROR_INVALID_IMAGE"
        : code == launch_failed   ? "CUDA_ERROR_LAUNCH_FAILED"
                                  : "CUDA_ERROR_OF_THE_MOCK";
    return success;
}

PAGED_DRIVER cuGetErrorString(int32_t code, const char **text) {
    *text = code == out_of_memory ? "out of memory" : "as the test has asked for";
    return success;
}

PAGED_DRIVER cuDeviceGetCount(int32_t *count) {
    PAGED_BEGIN("cuDeviceGetCount");
    *count = state().machine.device_count;
    return success;
}

PAGED_DRIVER cuDeviceGet(int32_t *device, int32_t ordinal) {
    PAGED_BEGIN("cuDeviceGet");
    if (ordinal < 0 || ordinal >= state().machine.device_count) return invalid_device;
    *device = ordinal;
    return success;
}

PAGED_DRIVER cuDeviceGetName(char *name, int32_t size, int32_t) {
    PAGED_BEGIN("cuDeviceGetName");
    std::strncpy(name, "Emulated GPU", size_t(size));
    return success;
}

PAGED_DRIVER cuDeviceGetAttribute(int32_t *value, int32_t attribute, int32_t) {
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

PAGED_DRIVER cuDeviceTotalMem_v2(size_t *bytes, int32_t) {
    PAGED_BEGIN("cuDeviceTotalMem_v2");
    *bytes = size_t(1) << 30;
    return success;
}

PAGED_DRIVER cuDevicePrimaryCtxRetain(Context **context, int32_t device) {
    PAGED_BEGIN("cuDevicePrimaryCtxRetain");
    *context = &state().primary[device];
    ++(*context)->retained;
    return success;
}

PAGED_DRIVER cuDevicePrimaryCtxRelease_v2(int32_t device) {
    PAGED_BEGIN("cuDevicePrimaryCtxRelease_v2");
    return state().primary[device].retained-- > 0 ? success : invalid_context;
}

PAGED_DRIVER cuCtxPushCurrent_v2(Context *context) {
    PAGED_BEGIN("cuCtxPushCurrent_v2");
    if (!context || context->retained == 0) return invalid_context;
    current().push_back(context);
    return success;
}

PAGED_DRIVER cuCtxPopCurrent_v2(Context **context) {
    PAGED_BEGIN("cuCtxPopCurrent_v2");
    PAGED_NEED_CONTEXT;
    *context = current().back();
    current().pop_back();
    return success;
}

PAGED_DRIVER cuCtxSynchronize() {
    PAGED_BEGIN("cuCtxSynchronize");
    PAGED_NEED_CONTEXT;
    for (Stream *stream : state().streams) {
        if (stream->context == current().back()) finish(*stream);
    }
    return success;
}

// PTX names the architecture that it is for and its kernels; so does the code of the mock's compiler.
PAGED_DRIVER cuModuleLoadDataEx(Module **module, const void *image, uint32_t, int32_t *, void **) {
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

PAGED_DRIVER cuModuleUnload(Module *module) {
    PAGED_BEGIN("cuModuleUnload");
    PAGED_NEED_CONTEXT;
    if (!state().handles.erase(module)) return invalid_handle;
    delete module;
    return success;
}

PAGED_DRIVER cuModuleGetFunction(Function **function, Module *module, const char *name) {
    PAGED_BEGIN("cuModuleGetFunction");
    PAGED_NEED_CONTEXT;
    if (!is_open(module)) return invalid_handle;
    if (module->names.find(std::string(".entry ") + name + "(") == std::string::npos) return not_found;
    Function &known = state().functions[name];
    known = {module, name, 48 << 10};
    *function = &known;
    return success;
}

PAGED_DRIVER cuFuncSetAttribute(Function *function, int32_t attribute, int32_t value) {
    PAGED_BEGIN("cuFuncSetAttribute");
    PAGED_NEED_CONTEXT;
    if (attribute != 8 || value > state().machine.shared_memory_per_block) return invalid_value;
    function->shared_limit = uint32_t(value);
    return success;
}

PAGED_DRIVER cuLaunchKernel(
    Function *function, uint32_t grid_x, uint32_t grid_y, uint32_t grid_z, uint32_t threads, uint32_t threads_y,
    uint32_t threads_z, uint32_t shared_bytes, Stream *stream, void **arguments, void **
) {
    PAGED_BEGIN("cuLaunchKernel");
    PAGED_NEED_CONTEXT;
    if (!is_open(function->module)) return invalid_handle;
    if (shared_bytes > function->shared_limit || threads_y != 1 || threads_z != 1) return invalid_value;
    if (!grid_x || !grid_y || !grid_z || grid_y > 65535 || grid_z > 65535 || threads > 1024) return invalid_value;
    const paged_cuda_call &call = *(const paged_cuda_call *)arguments[0];
    const void *const tensors[] = {
        call.query, call.key_cache, call.value_cache, call.output, call.block_table, call.cumulative_sequence_lengths,
        call.past_sequence_lengths,
    };
    for (const void *tensor : tensors) {
        if (!is_here(tensor)) return illegal_address;
    }
    Work work = {};
    work.kind = Work::kernel;
    work.function = function;
    work.launch = {grid_x, grid_y, grid_z, threads, shared_bytes};
    work.call = call;
    if (function->name.rfind("paged_hopper", 0) == 0) work.maps = *(const paged_cuda_tensor_maps *)arguments[1];
    return enqueue(stream, work);
}

PAGED_DRIVER cuTensorMapEncodeTiled(
    paged_cuda_tensor_map *map, int32_t type, uint32_t rank, void *address, const uint64_t *dimensions,
    const uint64_t *strides, const uint32_t *box, const uint32_t *steps, int32_t interleave, int32_t swizzle,
    int32_t promotion, int32_t fill
) {
    PAGED_BEGIN("cuTensorMapEncodeTiled");
    if (state().machine.capability_major < 9 || !is_on_device(uint64_t(address), dimensions[2] * strides[1])) return invalid_value;
    return paged_emulator_encode_map(
        map, type, rank, address, dimensions, strides, box, steps, interleave, swizzle, promotion, fill);
}

PAGED_DRIVER cuMemAlloc_v2(uint64_t *address, size_t byte_count) {
    PAGED_BEGIN("cuMemAlloc_v2");
    PAGED_NEED_CONTEXT;
    if (byte_count == 0) return invalid_value;
    void *memory = take(byte_count);
    if (!memory) return out_of_memory;
    *address = uint64_t(memory);
    state().buffers[*address] = {byte_count, current().back()};
    return success;
}

PAGED_DRIVER cuMemFree_v2(uint64_t address) {
    PAGED_BEGIN("cuMemFree_v2");
    PAGED_NEED_CONTEXT;
    // As the driver does: nobody may still use the memory.
    finish(state().default_stream);
    for (Stream *stream : state().streams) finish(*stream);
    const auto found = state().buffers.find(address);
    if (found == state().buffers.end()) return invalid_value;
    give_back((void *)address, found->second.byte_count);
    state().buffers.erase(found);
    return success;
}

static int32_t copy(Stream *stream, void *target, const void *source, size_t byte_count) {
    PAGED_NEED_CONTEXT;
    Work work = {};
    work.kind = Work::copy;
    work.target = target;
    work.source = source;
    work.byte_count = byte_count;
    return enqueue(stream, work);
}

PAGED_DRIVER cuMemcpyHtoDAsync_v2(uint64_t target, const void *source, size_t byte_count, Stream *stream) {
    PAGED_BEGIN("cuMemcpyHtoDAsync_v2");
    return is_on_device(target, byte_count) ? copy(stream, (void *)target, source, byte_count) : invalid_value;
}

PAGED_DRIVER cuMemcpyDtoHAsync_v2(void *target, uint64_t source, size_t byte_count, Stream *stream) {
    PAGED_BEGIN("cuMemcpyDtoHAsync_v2");
    return is_on_device(source, byte_count) ? copy(stream, target, (const void *)source, byte_count) : invalid_value;
}

PAGED_DRIVER cuMemcpyDtoDAsync_v2(uint64_t target, uint64_t source, size_t byte_count, Stream *stream) {
    PAGED_BEGIN("cuMemcpyDtoDAsync_v2");
    return is_on_device(target, byte_count) && is_on_device(source, byte_count)
        ? copy(stream, (void *)target, (const void *)source, byte_count)
        : invalid_value;
}

PAGED_DRIVER cuMemsetD8Async(uint64_t target, unsigned char byte, size_t byte_count, Stream *stream) {
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

template <class Handle> static int32_t create(const char *name, Handle **handle) {
    PAGED_BEGIN(name);
    PAGED_NEED_CONTEXT;
    *handle = new Handle();
    state().handles.insert(*handle);
    return success;
}

template <class Handle> static int32_t destroy(const char *name, Handle *handle) {
    PAGED_BEGIN(name);
    PAGED_NEED_CONTEXT;
    if (!state().handles.erase(handle)) return invalid_handle;
    delete handle;
    return success;
}

PAGED_DRIVER cuStreamCreate(Stream **stream, uint32_t) {
    const Turn turn;
    if (const int32_t code = create("cuStreamCreate", stream)) return code;
    // Room, so that to enqueue allocates nothing.
    (*stream)->work.reserve(64);
    (*stream)->context = current().back();
    state().streams.insert(*stream);
    return success;
}

PAGED_DRIVER cuStreamDestroy_v2(Stream *stream) {
    const Turn turn;
    if (state().streams.erase(stream)) finish(*stream);
    return destroy("cuStreamDestroy_v2", stream);
}

PAGED_DRIVER cuStreamSynchronize(Stream *stream) {
    PAGED_BEGIN("cuStreamSynchronize");
    PAGED_NEED_CONTEXT;
    if (!(stream = stream_of(stream))) return invalid_handle;
    if (stream->captured) return capture_unsupported;
    finish(*stream);
    const int32_t code = stream->failure;
    stream->failure = success;
    return code;
}

PAGED_DRIVER cuEventCreate(Event **event, uint32_t) { return create("cuEventCreate", event); }
PAGED_DRIVER cuEventDestroy_v2(Event *event) { return destroy("cuEventDestroy_v2", event); }

PAGED_DRIVER cuEventRecord(Event *event, Stream *stream) {
    PAGED_BEGIN("cuEventRecord");
    PAGED_NEED_CONTEXT;
    if (!is_open(event) || !(stream = stream_of(stream))) return invalid_handle;
    *event = {stream, stream->done + (stream->work.size() - stream->next)};
    return success;
}

PAGED_DRIVER cuEventSynchronize(Event *event) {
    PAGED_BEGIN("cuEventSynchronize");
    if (!is_open(event)) return invalid_handle;
    if (!is_open(event->stream)) return success;
    finish(*event->stream, event->ticket);
    return event->stream->failure;
}

PAGED_DRIVER cuStreamWaitEvent(Stream *stream, Event *event, uint32_t) {
    PAGED_BEGIN("cuStreamWaitEvent");
    PAGED_NEED_CONTEXT;
    if (!is_open(event)) return invalid_handle;
    Work work = {};
    work.kind = Work::wait;
    work.awaited = event->stream;
    work.ticket = event->ticket;
    return enqueue(stream, work);
}

PAGED_DRIVER cuEventElapsedTime(float *milliseconds, Event *, Event *) {
    PAGED_BEGIN("cuEventElapsedTime");
    *milliseconds = 1;
    return success;
}

PAGED_DRIVER cuStreamBeginCapture_v2(Stream *stream, int32_t) {
    const Turn turn;
    if (!(stream = stream_of(stream)) || stream == &state().default_stream) return invalid_handle;
    return create("cuStreamBeginCapture_v2", &stream->captured);
}

PAGED_DRIVER cuStreamIsCapturing(Stream *stream, int32_t *status) {
    PAGED_BEGIN("cuStreamIsCapturing");
    PAGED_NEED_CONTEXT;
    if (!(stream = stream_of(stream))) return invalid_handle;
    *status = stream->captured != nullptr;
    return success;
}

PAGED_DRIVER cuStreamEndCapture(Stream *stream, Graph **graph) {
    const Turn turn;
    if (!(stream = stream_of(stream)) || !stream->captured) return invalid_handle;
    *graph = stream->captured;
    stream->captured = nullptr;
    const int32_t code = begin("cuStreamEndCapture");
    if (!code) return success;
    // As the driver does: a capture that fails is over, and leaves no graph.
    destroy("cuGraphDestroy", *graph);
    *graph = nullptr;
    return code;
}

PAGED_DRIVER cuGraphInstantiateWithFlags(Graph **executable, Graph *graph, uint64_t) {
    if (!is_open(graph)) return invalid_handle;
    if (const int32_t code = create("cuGraphInstantiateWithFlags", executable)) return code;
    (*executable)->work = graph->work;
    return success;
}

PAGED_DRIVER cuGraphLaunch(Graph *executable, Stream *stream) {
    PAGED_BEGIN("cuGraphLaunch");
    PAGED_NEED_CONTEXT;
    if (!is_open(executable)) return invalid_handle;
    for (const Work &work : executable->work) {
        if (const int32_t code = enqueue(stream, work)) return code;
    }
    return success;
}

PAGED_DRIVER cuGraphExecDestroy(Graph *executable) { return destroy("cuGraphExecDestroy", executable); }
PAGED_DRIVER cuGraphDestroy(Graph *graph) { return destroy("cuGraphDestroy", graph); }

}  // namespace paged::mock

using namespace paged::mock;

#define PAGED_NAMED(name) {#name, (void *)name}

void *paged_mock_symbol(const char *name) {
    static const std::map<std::string, void *> functions = {
        PAGED_NAMED(cuInit),
        PAGED_NAMED(cuDriverGetVersion),
        PAGED_NAMED(cuGetErrorName),
        PAGED_NAMED(cuGetErrorString),
        PAGED_NAMED(cuDeviceGetCount),
        PAGED_NAMED(cuDeviceGet),
        PAGED_NAMED(cuDeviceGetName),
        PAGED_NAMED(cuDeviceGetAttribute),
        PAGED_NAMED(cuDeviceTotalMem_v2),
        PAGED_NAMED(cuDevicePrimaryCtxRetain),
        PAGED_NAMED(cuDevicePrimaryCtxRelease_v2),
        PAGED_NAMED(cuCtxPushCurrent_v2),
        PAGED_NAMED(cuCtxPopCurrent_v2),
        PAGED_NAMED(cuCtxSynchronize),
        PAGED_NAMED(cuModuleLoadDataEx),
        PAGED_NAMED(cuModuleUnload),
        PAGED_NAMED(cuModuleGetFunction),
        PAGED_NAMED(cuFuncSetAttribute),
        PAGED_NAMED(cuLaunchKernel),
        PAGED_NAMED(cuTensorMapEncodeTiled),
        PAGED_NAMED(cuMemAlloc_v2),
        PAGED_NAMED(cuMemFree_v2),
        PAGED_NAMED(cuMemcpyHtoDAsync_v2),
        PAGED_NAMED(cuMemcpyDtoHAsync_v2),
        PAGED_NAMED(cuMemcpyDtoDAsync_v2),
        PAGED_NAMED(cuMemsetD8Async),
        PAGED_NAMED(cuStreamCreate),
        PAGED_NAMED(cuStreamSynchronize),
        PAGED_NAMED(cuStreamDestroy_v2),
        PAGED_NAMED(cuEventCreate),
        PAGED_NAMED(cuEventRecord),
        PAGED_NAMED(cuEventElapsedTime),
        PAGED_NAMED(cuEventDestroy_v2),
        PAGED_NAMED(cuEventSynchronize),
        PAGED_NAMED(cuStreamWaitEvent),
        PAGED_NAMED(cuStreamBeginCapture_v2),
        PAGED_NAMED(cuStreamIsCapturing),
        PAGED_NAMED(cuStreamEndCapture),
        PAGED_NAMED(cuGraphInstantiateWithFlags),
        PAGED_NAMED(cuGraphLaunch),
        PAGED_NAMED(cuGraphExecDestroy),
        PAGED_NAMED(cuGraphDestroy),
    };
    const auto found = functions.find(name);
    return found == functions.end() ? compiler_symbol(name) : found->second;
}

void paged_mock_start(paged_mock_machine machine) {
    const Turn turn;
    for (const auto &buffer : state().buffers) give_back((void *)buffer.first, buffer.second.byte_count);
    state() = State();
    current().clear();
    state().machine = machine;
    state().default_stream.work.reserve(64);
}

void paged_mock_fail(const char *name, int32_t code, int32_t calls) {
    const Turn turn;
    state().failures[name] = {code, calls};
}

int32_t paged_mock_calls(const char *name) {
    const Turn turn;
    const auto found = state().calls.find(std::string_view(name));
    return found == state().calls.end() ? 0 : found->second;
}

int32_t paged_mock_open_handles(void) {
    const Turn turn;
    size_t retained = 0;
    for (const Context &context : state().primary) retained += size_t(context.retained);
    return int32_t(state().handles.size() + state().buffers.size() + current().size() + retained);
}

int64_t paged_mock_open_bytes(void) {
    const Turn turn;
    int64_t sum = 0;
    for (const auto &buffer : state().buffers) sum += int64_t(buffer.second.byte_count);
    return sum;
}
