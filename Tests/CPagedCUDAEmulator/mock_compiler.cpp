// The run-time compiler of the tests: its "machine code" is text that names the architecture and the kernels.
#include "mock.hpp"

#include <cstring>

namespace paged::mock {

namespace {

struct Program {
    std::string source, code, log;
};

// Numbers of nvrtcResult.
constexpr int32_t compilation_failed = 6;

// What follows an option's name; empty without it.
std::string value_of(const char *name, int32_t count, const char *const *options) {
    for (int32_t index = 0; index < count; ++index) {
        if (!std::strncmp(options[index], name, std::strlen(name))) return options[index] + std::strlen(name);
    }
    return "";
}

int32_t nvrtcVersion(int32_t *major, int32_t *minor) {
    *major = 12;
    *minor = 6;
    return begin("nvrtcVersion");
}

const char *nvrtcGetErrorString(int32_t code) {
    return code == compilation_failed ? "NVRTC_ERROR_COMPILATION" : "NVRTC_ERROR_OF_THE_MOCK";
}

constexpr int32_t architectures[] = {60, 70, 75, 80, 86, 89, 90};
constexpr int32_t architecture_count = sizeof architectures / sizeof architectures[0];

int32_t nvrtcGetNumSupportedArchs(int32_t *count) {
    *count = architecture_count;
    return begin("nvrtcGetNumSupportedArchs");
}

int32_t nvrtcGetSupportedArchs(int32_t *numbers) {
    std::memcpy(numbers, architectures, sizeof architectures);
    return begin("nvrtcGetSupportedArchs");
}

int32_t nvrtcCreateProgram(
    Program **program, const char *source, const char *, int32_t, const char *const *, const char *const *
) {
    if (const int32_t code = begin("nvrtcCreateProgram")) return code;
    *program = new Program{source, "", ""};
    state().handles.insert(*program);
    return success;
}

int32_t nvrtcCompileProgram(Program *program, int32_t count, const char *const *options) {
    if (const int32_t code = begin("nvrtcCompileProgram")) {
        program->log = "the mock's compiler does not like it";
        return code;
    }
    // Float16,float16,Int8,int8
    const std::string types = value_of("-DPAGED_ONLY=", count, options);
    const size_t first = types.find(','), second = types.find(',', first + 1), third = types.rfind(',');
    const std::string end = "_" + types.substr(first + 1, second - first - 1) + "_" + types.substr(third + 1) + "(";
    const std::string size = value_of("-DPAGED_SIZE=", count, options), width = value_of("-DPAGED_WIDTH=", count, options);
    const std::string latent = value_of("-DPAGED_LATENT_SIZE=", count, options);
    const std::string hopper = value_of("-DPAGED_HOPPER_SIZE=", count, options);
    std::string target = value_of("--gpu-architecture=", count, options);
    target = target.substr(target.find('_') + 1);
    std::string code = ".target sm_" + target + "\n";
    const auto includes = [&](const char *file) {
        return program->source.find(std::string("\"") + file + "\"") != std::string::npos;
    };
    if (includes("prologue.cu")) code += ".entry paged_prologue" + end + "\n";
    if (includes("math.cu")) code += ".entry paged_math" + end + "\n";
    if (includes("sparse.cu")) code += ".entry paged_sparse" + end + "\n";
    if (includes("small_prompt.cu")) code += ".entry paged_small_prompt128" + end + "\n";
    if (!latent.empty()) code += ".entry paged_latent" + latent + end + "\n";
    if (!hopper.empty()) code += ".entry paged_hopper" + hopper + end + "\n";
    if (!width.empty()) code += ".entry paged_portable" + width + end + "\n";
    if (includes("prompt.cu")) code += ".entry paged_prompt" + size + end + "\n";
    if (includes("decode.cu")) {
        code += ".entry paged_decode" + size + end + "\n.entry paged_wide_decode" + size + end + "\n";
    }
    program->code = code;
    return success;
}

int32_t size_of(const std::string &text, size_t *size) {
    *size = text.size() + 1;
    return success;
}
int32_t copy_of(const std::string &text, char *copy) {
    std::memcpy(copy, text.c_str(), text.size() + 1);
    return success;
}

int32_t nvrtcGetProgramLogSize(Program *program, size_t *size) { return size_of(program->log, size); }
int32_t nvrtcGetProgramLog(Program *program, char *copy) { return copy_of(program->log, copy); }
int32_t nvrtcGetCodeSize(Program *program, size_t *size) { return size_of(program->code, size); }
int32_t nvrtcGetCode(Program *program, char *copy) { return copy_of(program->code, copy); }

int32_t nvrtcDestroyProgram(Program **program) {
    state().handles.erase(*program);
    delete *program;
    return success;
}

}  // namespace

void *compiler_symbol(const char *name) {
    static const std::map<std::string, void *> functions = {
        {"nvrtcVersion", (void *)nvrtcVersion},
        {"nvrtcGetErrorString", (void *)nvrtcGetErrorString},
        {"nvrtcGetNumSupportedArchs", (void *)nvrtcGetNumSupportedArchs},
        {"nvrtcGetSupportedArchs", (void *)nvrtcGetSupportedArchs},
        {"nvrtcCreateProgram", (void *)nvrtcCreateProgram},
        {"nvrtcCompileProgram", (void *)nvrtcCompileProgram},
        {"nvrtcGetProgramLogSize", (void *)nvrtcGetProgramLogSize},
        {"nvrtcGetProgramLog", (void *)nvrtcGetProgramLog},
        {"nvrtcGetCUBINSize", (void *)nvrtcGetCodeSize},
        {"nvrtcGetCUBIN", (void *)nvrtcGetCode},
        {"nvrtcGetPTXSize", (void *)nvrtcGetCodeSize},
        {"nvrtcGetPTX", (void *)nvrtcGetCode},
        {"nvrtcDestroyProgram", (void *)nvrtcDestroyProgram},
    };
    const auto found = functions.find(name);
    return found == functions.end() ? nullptr : found->second;
}

}  // namespace paged::mock
