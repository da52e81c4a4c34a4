// Runs CUDA kernels on the emulator under a sanitizer: the race detector stands for compute-sanitizer's racecheck, the
// address sanitizer for its memcheck. Numbers are compared elsewhere; here outputs only have to be finite.
//
// PAGED_TYPES is the end of the kernels' names, PAGED_CHUNK_BYTES the bytes of 8 channels of their cache.
// An argument seeds a bug: `short-shared` leaves 16 bytes of shared memory out, `short-cache` a row of the key cache.
#include <cmath>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "paged_cuda_emulator.h"

namespace {

constexpr int head_count = 8, selected_columns = 5;
const std::vector<int32_t> news = {1, 70, 0, 3}, pasts = {600, 5, 9, 300};

// Heads with keys and values, or one latent row for all of them.
struct Layout {
    int key_value_head_count, head_size, value_head_size;
    bool is_latent() const { return head_size != value_head_size; }
};
constexpr Layout separate = {2, 64, 64}, latent = {1, 576, 512};

struct Tensors {
    Layout layout;
    std::vector<uint16_t> query, key, value, output;
    std::vector<unsigned char> key_cache, value_cache, workspace;
    std::vector<int32_t> starts = {0}, table, selected, selected_counts;
    std::vector<float> scales;
    int block_shift, blocks_per_sequence;

    Tensors(const Layout &layout, bool is_short, int block_shift)
        : layout(layout), block_shift(block_shift), blocks_per_sequence(640 >> block_shift) {
        std::mt19937 random(1);
        for (int count : news) starts.push_back(starts.back() + count);
        const size_t tokens = size_t(starts.back()), row = size_t(layout.key_value_head_count * layout.head_size);
        const auto halves = [&](size_t count) {
            std::vector<uint16_t> values(count);
            for (uint16_t &value : values) value = uint16_t(random() % 0x3c00 | random() % 2 << 15);
            return values;
        };
        query = halves(tokens * head_count * size_t(layout.head_size));
        key = halves(tokens * row);
        value = halves(tokens * row);
        output.assign(tokens * head_count * size_t(layout.value_head_size), 0x7fff);
        const int blocks = int(news.size()) * blocks_per_sequence;
        const size_t places = size_t(blocks) << block_shift;
        key_cache.assign((places - is_short) * row / 8 * PAGED_CHUNK_BYTES, 1);
        value_cache.assign(places * row / 8 * PAGED_CHUNK_BYTES, 1);
        for (int block = 0; block < blocks; ++block) table.push_back(blocks - 1 - block);
        scales.assign(row, 0.01f);
        for (size_t entry = 0; entry < tokens * selected_columns; ++entry) selected.push_back(int32_t(entry % 9) - 1);
        selected_counts.assign(tokens, selected_columns);
    }

    paged_cuda_call call() {
        paged_cuda_call call = {};
        call.query = query.data();
        call.key = key.data();
        call.value = layout.is_latent() ? nullptr : value.data();
        call.key_cache = key_cache.data();
        call.value_cache = layout.is_latent() ? key_cache.data() : value_cache.data();
        call.output = output.data();
        call.cumulative_sequence_lengths = starts.data();
        call.past_sequence_lengths = pasts.data();
        call.block_table = table.data();
        if (PAGED_CHUNK_BYTES < 16) {
            call.key_scale = call.value_scale = scales.data();
            call.key_scale_is_per_channel = call.value_scale_is_per_channel = 1;
        }
        call.selected_indices = selected.data();
        call.selected_counts = selected_counts.data();
        call.selected_columns = selected_columns;
        call.attends_locally = 1;
        call.query_stride = head_count * layout.head_size;
        call.key_value_stride = layout.key_value_head_count * layout.head_size;
        call.token_count = starts.back();
        call.sequence_count = int32_t(news.size());
        call.head_count = head_count;
        call.key_value_head_count = layout.key_value_head_count;
        call.group_size = head_count / layout.key_value_head_count;
        call.head_size = layout.head_size;
        call.value_head_size = layout.value_head_size;
        call.block_count = int32_t(table.size());
        call.block_shift = block_shift;
        call.blocks_per_sequence = blocks_per_sequence;
        call.is_causal = 1;
        call.scale = 0.125f;
        call.epsilon = 1e-6f;
        return call;
    }

    bool is_finite() const {
        for (uint16_t bits : output) {
            if ((bits & 0x7c00) == 0x7c00) return false;
        }
        return true;
    }
};

bool launch(const std::string &kernel, paged_cuda_launch launch, const paged_cuda_call &call, uint64_t seed = 0) {
    const std::string name = "paged_" + kernel + "_" PAGED_TYPES;
    paged_cuda_tensor_maps maps = {};
    if (PAGED_CHUNK_BYTES == 16) paged_cuda_hopper_maps(&call, call.head_size, paged_emulator_encode_map, &maps);
    const char *message = paged_emulator_launch(name.c_str(), launch, &call, &maps, seed);
    if (message) std::fprintf(stderr, "%s: %s\n", name.c_str(), message);
    return message == nullptr;
}

bool run(
    const std::string &kernel, int rows, int part_limit, const std::string &bug, int block_shift = 5, uint64_t seed = 0
) {
    const Layout &layout = kernel == "latent576" ? latent : separate;
    Tensors tensors(layout, bug == "short-cache", block_shift);
    paged_cuda_call call = tensors.call();
    call.part_limit = part_limit;
    tensors.workspace.assign(size_t(paged_cuda_workspace_of(&call, rows).byte_count), 0xff);
    paged_cuda_set_workspace(&call, rows, tensors.workspace.data());
    paged_cuda_launch geometry = paged_cuda_decode_launch(&call, layout.head_size, PAGED_CHUNK_BYTES, rows);
    if (kernel == "prompt64") geometry = paged_cuda_prompt_launch(&call, layout.head_size, PAGED_CHUNK_BYTES, 0);
    if (kernel == "small_prompt128") geometry = paged_cuda_prompt_launch(&call, 128, PAGED_CHUNK_BYTES, 1);
    if (kernel == "math" || kernel == "sparse") geometry = paged_cuda_math_launch(&call);
    if (kernel == "portable2") geometry = paged_cuda_portable_launch(&call);
    if (kernel == "hopper64") geometry = paged_cuda_hopper_launch(&call, layout.head_size, 2);
    if (kernel == "latent576") geometry = paged_cuda_latent_launch(&call, layout.head_size, PAGED_CHUNK_BYTES);
    if (bug == "short-shared") geometry.shared_bytes -= 16;
    const bool is_done = launch("prologue", paged_cuda_prologue_launch(&call), call) && launch(kernel, geometry, call, seed);
    if (is_done && !tensors.is_finite()) std::fprintf(stderr, "%s: output is not finite\n", kernel.c_str());
    return is_done && tensors.is_finite();
}

}  // namespace

int main(int count, char **arguments) {
    const std::string bug = count > 1 ? arguments[1] : "";
    bool is_good = true;
    for (int parts : {1, 3}) {
        is_good &= run("portable2", PAGED_CUDA_PORTABLE_ROWS, parts, bug);
        is_good &= run("decode64", PAGED_CUDA_DECODE_ROWS, parts, bug);
        is_good &= run("wide_decode64", PAGED_CUDA_WIDE_DECODE_ROWS, parts, bug);
        is_good &= run("prompt64", PAGED_CUDA_PROMPT_ROWS, parts, bug);
        is_good &= run("latent576", PAGED_CUDA_LATENT_ROWS, parts, bug);
        is_good &= run("hopper64", PAGED_CUDA_HOPPER_ROWS, parts, bug);
        for (uint64_t seed : {0, 2}) {
            for (int block_shift : {6, 7}) is_good &= run("hopper64", PAGED_CUDA_HOPPER_ROWS, parts, bug, block_shift, seed);
        }
        is_good &= run("small_prompt128", PAGED_CUDA_PROMPT_ROWS, parts, bug);
    }
    for (const char *kernel : {"math", "sparse"}) is_good &= run(kernel, PAGED_CUDA_MATH_ROWS, 1, bug);
    return is_good ? 0 : 1;
}
