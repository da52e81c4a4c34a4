/* What the Swift part of the program needs of the system. */
#pragma once
#include <stdbool.h>

/* Fills memory from standard input; false at its end. */
bool program_read(void *memory, long byteCount);
void program_write(const void *memory, long byteCount);

/* Memory that ends where a page without access begins. */
void *program_allocate_guarded(long byteCount);
void program_free_guarded(void *memory, long byteCount);

/* Reads a call, runs it and writes what it left; false at the end of the input. In Swift. */
bool program_answer(void);
