// Barriers in shared memory, copies of boxes, and products of a warpgroup. Products happen when they are waited for, as late as
// the machine may do them, and copies when no thread can go on without, or at once: what is read, overwritten or released too
// early shows.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <vector>

#include "emulated.hpp"
#include "fiber.hpp"
#include "paged_cuda_emulator.h"

namespace paged {

uint32_t shared_address(const void *pointer) {
    return uint32_t((const unsigned char *)pointer - emulator::shared_memory());
}

// A barrier's word: arrivals of a phase (bits 48 on), those still missing (bits 32 to 47), bytes that are expected more than have
// come (bits 1 to 31, from 2^30 on), and the phase (bit 0).
static constexpr uint64_t no_bytes = 1u << 30;

static void change(unsigned long long *barrier, int arrivals, int64_t bytes) {
    emulator::release(barrier);
    const uint64_t all = *barrier >> 48, missing = (*barrier >> 32 & 0xffff) - uint64_t(arrivals);
    const uint64_t awaited = (*barrier >> 1 & 0x7fffffff) + uint64_t(bytes), phase = *barrier & 1;
    const bool is_over = missing == 0 && awaited == no_bytes;
    *barrier = all << 48 | (is_over ? all : missing) << 32 | awaited << 1 | (is_over ? phase ^ 1 : phase);
}

void barrier_start(unsigned long long *barrier, int arrivals) {
    *barrier = uint64_t(arrivals) << 48 | uint64_t(arrivals) << 32 | no_bytes << 1;
}

void barrier_arrive(unsigned long long *barrier) { change(barrier, 1, 0); }

void barrier_arrive_expecting(unsigned long long *barrier, int bytes) { change(barrier, 1, bytes); }

void barrier_wait(unsigned long long *barrier, int parity) {
    emulator::wait_while((const uint64_t *)barrier, 1, uint64_t(parity));
    emulator::acquire(barrier);
}

namespace {

// What the emulator keeps in a map.
struct BoxMap {
    uint64_t mark;
    const unsigned char *tensor;
    uint64_t dimensions[3], strides[2];
    uint32_t box[3];
};
static_assert(sizeof(BoxMap) <= sizeof(paged_cuda_tensor_map));
constexpr uint64_t box_mark = 0x7061676564626f78;

struct BoxCopy {
    uint32_t target;
    BoxMap map;
    int at[3];
    unsigned long long *barrier;
};
thread_local std::deque<BoxCopy> box_copies;

// Sixteen bytes of a row of a box, of which `count` lie in the tensor.
void copy_piece(uint32_t address, const unsigned char *from, int count) {
    unsigned char *to = emulator::shared_memory() + (address ^ (address >> 7 & 7) << 4);
    emulator::note_write(to, 16);
    std::memset(to, 0, 16);
    if (count <= 0) return;
    emulator::note_read(from, count);
    std::memcpy(to, from, size_t(count));
}

void execute(const BoxCopy &copy) {
    const BoxMap &map = copy.map;
    const auto is_inside = [&](int dimension, int64_t at) { return at >= 0 && uint64_t(at) < map.dimensions[dimension]; };
    for (uint32_t row = 0; row < map.box[2]; ++row) {
        const int64_t place = int64_t(copy.at[2]) + row;
        const bool exists = is_inside(2, place) && is_inside(1, copy.at[1]);
        for (uint32_t piece = 0; piece < map.box[0] / 8; ++piece) {
            const int64_t channel = int64_t(copy.at[0]) + 8 * piece;
            const int64_t left = exists && channel >= 0 ? 2 * (int64_t(map.dimensions[0]) - channel) : 0;
            const uint64_t offset = uint64_t(place) * map.strides[1] + uint64_t(copy.at[1]) * map.strides[0] + 2 * uint64_t(channel);
            copy_piece(copy.target + row * 128 + piece * 16, left > 0 ? map.tensor + offset : nullptr, int(std::min(left, int64_t(16))));
        }
    }
    change(copy.barrier, 0, -int64_t(map.box[2]) * map.box[1] * map.box[0] * 2);
}

}  // namespace

void copy_box(
    void *target, const paged_cuda_tensor_map &map, int channel, int head, int place, unsigned long long *barrier
) {
    BoxCopy copy = {shared_address(target), {}, {channel, head, place}, barrier};
    std::memcpy(&copy.map, &map, sizeof copy.map);
    if (copy.map.mark != box_mark) std::abort();
    box_copies.push_back(copy);
    emulator::release(&box_copies.back());
    if (emulator::is_early()) emulator::work_in_background();
}

bool emulator::work_in_background() {
    if (box_copies.empty()) return false;
    {
        const Beside beside;
        acquire(&box_copies.front());
        execute(box_copies.front());
    }
    box_copies.pop_front();
    return true;
}

bool emulator::end_background() {
    const bool was_empty = box_copies.empty();
    box_copies.clear();
    return was_empty;
}

namespace {

struct WarpgroupProduct {
    float *sums;
    const uint32_t *rows;  // in registers, or
    uint64_t a;            // in shared memory
    uint64_t b;
    int width;
    bool adds, is_half;
};

// What a thread has begun; kept between launches, empty at their ends.
struct Pending {
    std::vector<WarpgroupProduct> open;
    std::vector<std::vector<WarpgroupProduct>> groups;
};
thread_local std::vector<Pending> all_pending;

Pending &pending_of_thread() {
    const size_t thread = size_t(emulator::thread());
    if (all_pending.size() <= thread) all_pending.resize(thread + 1);
    return all_pending[thread];
}

float number(uint16_t bits, bool is_half) { return is_half ? float_of_half(bits) : float_of(uint32_t(bits) << 16); }

// An element that an address in shared memory describes: rows of 128 bytes, their 16-byte places changed by the row.
float element(uint32_t address, bool is_half) {
    address ^= (address >> 7 & 7) << 4;
#if defined(PAGED_THREAD_SANITIZER)
    emulator::note_read(emulator::shared_memory() + address / 4 * 4, 4);
#endif
    uint16_t bits;
    std::memcpy(&bits, emulator::shared_memory() + address, 2);
    return number(bits, is_half);
}
uint32_t field(uint64_t description, int shift) { return uint32_t(description >> shift & 0x3fff) << 4; }

// Element k of row `row`, where k runs along the rows of memory.
float along(uint64_t at, int row, int k, bool is_half) {
    return element(field(at, 0) + uint32_t(row / 8) * field(at, 32) + uint32_t(row % 8 * 128 + 2 * k), is_half);
}
// Element k of column `column`, where columns run along the rows of memory.
float across(uint64_t at, int column, int k, bool is_half) {
    return element(
        field(at, 0) + uint32_t(column / 64) * field(at, 16) + uint32_t(k / 8) * field(at, 32)
            + uint32_t(k % 8 * 128 + column % 64 * 2),
        is_half);
}

void multiply(const WarpgroupProduct *const *threads) {
    const WarpgroupProduct &first = *threads[0];
    static thread_local float a[64][16], b[16][128], sums[64][128];
    for (int row = 0; row < 64 && !first.rows; ++row) {
        for (int k = 0; k < 16; ++k) a[row][k] = along(first.a, row, k, first.is_half);
    }
    for (int thread = 0; thread < 128 && first.rows; ++thread) {
        for (int index = 0; index < 8; ++index) {
            const int word = index / 2, row = thread / 32 * 16 + thread % 32 / 4 + word % 2 * 8;
            const uint16_t bits = uint16_t(threads[thread]->rows[word] >> index % 2 * 16);
            a[row][thread % 4 * 2 + word / 2 * 8 + index % 2] = number(bits, first.is_half);
        }
    }
    for (int column = 0; column < first.width; ++column) {
        for (int k = 0; k < 16; ++k) {
            b[k][column] = first.rows ? across(first.b, column, k, first.is_half) : along(first.b, column, k, first.is_half);
        }
    }
    for (int row = 0; row < 64; ++row) {
        for (int column = 0; column < first.width; ++column) sums[row][column] = 0;
        for (int k = 0; k < 16; ++k) {
            for (int column = 0; column < first.width; ++column) sums[row][column] += a[row][k] * b[k][column];
        }
    }
    for (int thread = 0; thread < 128; ++thread) {
        float *results = threads[thread]->sums;
        for (int index = 0; index < first.width / 2; ++index) {
            const int row = thread / 32 * 16 + thread % 32 / 4 + index / 2 % 2 * 8;
            const int column = index / 4 * 8 + thread % 4 * 2 + index % 2;
            results[index] = first.adds ? results[index] + sums[row][column] : sums[row][column];
        }
    }
}

}  // namespace

void multiply_async(
    float *sums, const uint32_t *rows, uint64_t a, uint64_t b, int width, bool adds, bool is_half
) {
    pending_of_thread().open.push_back({sums, rows, a, b, width, adds, is_half});
}

void commit_products() {
    Pending &pending = pending_of_thread();
    pending.groups.push_back(std::move(pending.open));
    pending.open.clear();
}

void wait_for_products(int left) {
    while (int(pending_of_thread().groups.size()) > left) {
        auto group = std::move(pending_of_thread().groups.front());
        pending_of_thread().groups.erase(pending_of_thread().groups.begin());
        emulator::warpgroup_collective(&group, [](void *const *groups) {
            const size_t count = ((const std::vector<WarpgroupProduct> *)groups[0])->size();
            for (size_t index = 0; index < count; ++index) {
                const WarpgroupProduct *threads[128];
                for (int thread = 0; thread < 128; ++thread) {
                    threads[thread] = &(*(const std::vector<WarpgroupProduct> *)groups[thread])[index];
                }
                multiply(threads);
            }
        });
    }
}

}  // namespace paged

int paged_emulator_encode_map(
    paged_cuda_tensor_map *map, int32_t type, uint32_t rank, void *address, const uint64_t *dimensions,
    const uint64_t *strides, const uint32_t *box, const uint32_t *steps, int32_t interleave, int32_t swizzle, int32_t,
    int32_t fill
) {
    const bool has_16_bits = type == 1, is_swizzled = swizzle == 3 && interleave == 0 && fill == 0;
    if (uintptr_t(map) % 64 || uintptr_t(address) % 16 || !has_16_bits || rank != 3 || !is_swizzled) return 1;
    for (int index = 0; index < 3; ++index) {
        if (dimensions[index] == 0 || dimensions[index] > 1ull << 32 || steps[index] != 1) return 1;
        if (box[index] == 0 || box[index] > 256) return 1;
    }
    if (box[0] * 2 > 128 || strides[0] % 16 || strides[1] % 16 || strides[1] >= 1ull << 40) return 1;
    paged::BoxMap boxes = {paged::box_mark, (const unsigned char *)address, {}, {strides[0], strides[1]}, {}};
    std::copy_n(dimensions, 3, boxes.dimensions);
    std::copy_n(box, 3, boxes.box);
    *map = {};
    std::memcpy(map, &boxes, sizeof boxes);
    return 0;
}
