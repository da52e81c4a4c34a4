// Barriers in shared memory and products of a warpgroup. Products happen when they are waited for, as late as the machine may
// do them: what is overwritten or released too early shows.
#include <cstring>
#include <vector>

#include "emulated.hpp"

namespace paged {

uint32_t shared_address(const void *pointer) {
    return uint32_t((const unsigned char *)pointer - emulator::shared_memory());
}

// A barrier's word: arrivals of a phase (bits 48 on), those still missing (bits 32 to 47), and the phase (bit 0).
void barrier_start(unsigned long long *barrier, int arrivals) {
    *barrier = uint64_t(arrivals) << 48 | uint64_t(arrivals) << 32;
}

void barrier_arrive(unsigned long long *barrier) {
    emulator::release(barrier);
    const uint64_t all = *barrier >> 48, missing = (*barrier >> 32 & 0xffff) - 1, phase = *barrier & 1;
    *barrier = missing ? all << 48 | missing << 32 | phase : all << 48 | all << 32 | (phase ^ 1);
}

void barrier_wait(unsigned long long *barrier, int parity) {
    emulator::wait_while((const uint64_t *)barrier, 1, uint64_t(parity));
    emulator::acquire(barrier);
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
