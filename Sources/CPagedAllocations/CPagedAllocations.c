// A library calls malloc through a slot that the loader has filled in. Counting puts functions of
// our own into those slots. A malloc of our own in the executable would be shorter, but would serve
// everything that the executable does, and not get along with a malloc that a user preloads.
#define _GNU_SOURCE
#include "CPagedAllocations.h"

static _Thread_local uint64_t made;

uint64_t paged_allocations_of_thread(void) { return made; }

#if defined(__linux__) && defined(__LP64__)

#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void *counted_malloc(size_t size) {
    made += 1;
    return malloc(size);
}

static void *counted_calloc(size_t count, size_t size) {
    made += 1;
    return calloc(count, size);
}

static void *counted_realloc(void *memory, size_t size) {
    made += 1;
    return realloc(memory, size);
}

static void *counted_aligned_alloc(size_t alignment, size_t size) {
    made += 1;
    return aligned_alloc(alignment, size);
}

static int counted_posix_memalign(void **memory, size_t alignment, size_t size) {
    made += 1;
    return posix_memalign(memory, alignment, size);
}

static const struct {
    const char *name;
    void *function;
} counted[] = {
    {"malloc", counted_malloc},
    {"calloc", counted_calloc},
    {"realloc", counted_realloc},
    {"aligned_alloc", counted_aligned_alloc},
    {"posix_memalign", counted_posix_memalign},
};

/// Slots may be in memory that the loader has closed.
static bool fill_slot(void **slot, void *function) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *start = (void *)((uintptr_t)slot & ~(page - 1));
    if (mprotect(start, page, PROT_READ | PROT_WRITE) != 0) return false;
    *slot = function;
    return true;
}

static int fill_slots(
    ElfW(Addr) base, const ElfW(Rela) *slots, size_t count, const ElfW(Sym) *symbols,
    const char *names) {
    int filled = 0;
    for (size_t slot = 0; slot < count; slot++) {
        const char *name = names + symbols[ELF64_R_SYM(slots[slot].r_info)].st_name;
        for (size_t index = 0; index < sizeof counted / sizeof *counted; index++) {
            if (slots[slot].r_addend != 0 || strcmp(name, counted[index].name) != 0) continue;
            filled += fill_slot((void **)(base + slots[slot].r_offset), counted[index].function);
        }
    }
    return filled;
}

/// Fills the slots of a library; adds how many to `*(int *)total`.
static int count_library(struct dl_phdr_info *library, size_t size, void *total) {
    (void)size;
    // The executable, which has no name, keeps its slots: our own functions call through them.
    if (library->dlpi_name[0] == 0) return 0;
    const ElfW(Dyn) *entry = NULL;
    for (int part = 0; part < library->dlpi_phnum; part++) {
        if (library->dlpi_phdr[part].p_type == PT_DYNAMIC)
            entry = (const ElfW(Dyn) *)(library->dlpi_addr + library->dlpi_phdr[part].p_vaddr);
    }
    ElfW(Addr) table[DT_NUM] = {0};
    for (; entry != NULL && entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag > 0 && entry->d_tag < DT_NUM) table[entry->d_tag] = entry->d_un.d_ptr;
    }
    // Addresses that the loader has not made absolute belong to the kernel's own library.
    if (table[DT_SYMTAB] < library->dlpi_addr || table[DT_STRTAB] < library->dlpi_addr) return 0;
    const ElfW(Sym) *symbols = (const ElfW(Sym) *)table[DT_SYMTAB];
    const char *names = (const char *)table[DT_STRTAB];
    *(int *)total += fill_slots(
        library->dlpi_addr, (const ElfW(Rela) *)table[DT_JMPREL],
        table[DT_PLTRELSZ] / sizeof(ElfW(Rela)), symbols, names);
    *(int *)total += fill_slots(
        library->dlpi_addr, (const ElfW(Rela) *)table[DT_RELA],
        table[DT_RELASZ] / sizeof(ElfW(Rela)), symbols, names);
    return 0;
}

bool paged_allocations_begin(void) {
    int total = 0;
    dl_iterate_phdr(count_library, &total);
    return total > 0;
}

#else

bool paged_allocations_begin(void) { return false; }

#endif
