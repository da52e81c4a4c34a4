// What the driver and the compiler of the tests share: the state of a thread, or of the process where they are a library.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "paged_cuda_emulator.h"
#include "paged_cuda_mock.h"

namespace paged::mock {

// Numbers of CUresult.
enum : int32_t {
    success = 0,
    invalid_value = 1,
    out_of_memory = 2,
    no_device = 100,
    invalid_device = 101,
    invalid_image = 200,
    invalid_context = 201,
    no_binary = 209,
    invalid_handle = 400,
    not_found = 500,
    illegal_address = 700,
    capture_unsupported = 900,
    launch_failed = 719,
};

// How the functions are declared: others find them by name only where they are a library.
#ifdef PAGED_MOCK_LIBRARY
#define PAGED_DRIVER extern "C" int32_t
#else
#define PAGED_DRIVER static int32_t
#endif

struct Context {
    int32_t retained = 0;
};

struct Stream;

// What a stream has to have done: `ticket` works since its beginning.
struct Event {
    Stream *stream = nullptr;
    uint64_t ticket = 0;
};

struct Module {
    std::string names;  // text in which its kernels are named
};

struct Function {
    Module *module;
    std::string name;
    uint32_t shared_limit;
};

// Something that a stream has to do yet. Plain, so that to enqueue it allocates nothing.
struct Work {
    enum Kind { kernel, copy, fill, wait } kind;
    const Function *function;
    paged_cuda_launch launch;
    paged_cuda_call call;
    paged_cuda_tensor_maps maps;
    void *target;
    const void *source;
    size_t byte_count;
    unsigned char byte;
    Stream *awaited;
    uint64_t ticket;
};

// Work that was captured; the same serves as what is launched.
struct Graph {
    std::vector<Work> work;
};

struct Stream {
    std::vector<Work> work;
    Graph *captured = nullptr;  // where work goes that is captured
    size_t next = 0;    // what of it is to be done yet
    uint64_t done = 0;  // how much was done ever
    Context *context = nullptr;
    int32_t failure = success;  // of work that is done, for whoever synchronises next
};

struct Buffer {
    size_t byte_count;
    Context *context;
};

struct State {
    paged_mock_machine machine = {1, 9, 0, 232448, 132};
    std::set<const void *> handles;  // everything that is open but for buffers
    std::set<Stream *> streams;
    std::map<uint64_t, Buffer> buffers;
    std::map<std::string, Function> functions;
    std::array<Context, 8> primary;
    Stream default_stream;
    struct Failure {
        int32_t code, calls;
    };
    std::map<std::string, Failure, std::less<>> failures;
    std::map<std::string, int32_t, std::less<>> calls;
};

State &state();

// The contexts that the thread has made its own.
std::vector<Context *> &current();

// While it lives, no other thread of a shared machine does anything.
struct Turn {
    Turn();
    ~Turn();
};

// Counts a call; the number with which it has to fail, or 0.
int32_t begin(const char *name);

void *compiler_symbol(const char *name);

}  // namespace paged::mock
