// What the driver and the compiler of the tests share: the state of a thread.
#pragma once
#include <cstdint>
#include <map>
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
    launch_failed = 719,
};

struct Context {};
struct Event {};

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
    enum Kind { kernel, copy, fill } kind;
    const Function *function;
    paged_cuda_launch launch;
    paged_cuda_call call;
    void *target;
    const void *source;
    size_t byte_count;
    unsigned char byte;
};

struct Stream {
    std::vector<Work> work;
    int32_t failure = success;  // of work that is done, for whoever synchronises next
};

struct State {
    paged_mock_machine machine = {1, 9, 0, 232448, 132};
    std::set<const void *> handles;  // everything that is open but for buffers
    std::set<Stream *> streams;
    std::map<uint64_t, size_t> buffers;
    std::map<std::string, Function> functions;
    std::vector<Context *> current;
    Context primary;
    int retained = 0;
    Stream default_stream;
    struct Failure {
        int32_t code, calls;
    };
    std::map<std::string, Failure, std::less<>> failures;
    std::map<std::string, int32_t, std::less<>> calls;
};

State &state();

// Counts a call; the number with which it has to fail, or 0.
int32_t begin(const char *name);

void *compiler_symbol(const char *name);

}  // namespace paged::mock
