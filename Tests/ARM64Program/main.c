#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static _Noreturn void fail(const char *what) {
    perror(what);
    exit(1);
}

static long whole_pages(long byteCount) {
    long page = sysconf(_SC_PAGESIZE);
    return (byteCount + page - 1) / page * page;
}

bool program_read(void *memory, long byteCount) {
    return fread(memory, 1, (size_t)byteCount, stdin) == (size_t)byteCount;
}

void program_write(const void *memory, long byteCount) {
    if (fwrite(memory, 1, (size_t)byteCount, stdout) != (size_t)byteCount) fail("write");
}

void *program_allocate_guarded(long byteCount) {
    long whole = whole_pages(byteCount), page = sysconf(_SC_PAGESIZE);
    char *base = mmap(NULL, (size_t)(whole + page), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED || mprotect(base + whole, (size_t)page, PROT_NONE) != 0) fail("mmap");
    return base + whole - byteCount;
}

void program_free_guarded(void *memory, long byteCount) {
    long whole = whole_pages(byteCount), page = sysconf(_SC_PAGESIZE);
    munmap((char *)memory + byteCount - whole, (size_t)(whole + page));
}

int main(void) {
    while (program_answer()) fflush(stdout);
    return 0;
}
