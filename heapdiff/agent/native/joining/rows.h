/* The `SAMP` sections: a table for each kind of row, and what was written of each already. */
#pragma once

#include "platform/memory.h"
#include "types/names.h"
#include "types/places.h"
#include "write/output.h"

enum { STACK_ROWS_MOST = 1 << 20, ROWS_FRAMES_MOST = 128 };

typedef struct {
    Names *names;
    Section sources, codes, stacks, samples;
    PointerMap code_rows;    /* code object, or the name of a file -> row */
    PointerMap stack_rows;   /* caller, code and line, mixed -> row */
    PointerMap files;        /* name of a file -> place in `places`, plus 1 */
    Pile places;
    uint32_t source_count, code_count, stack_count;
    ImportRoots roots;
    CodePlace place;
} SampleRows;

typedef struct {
    int source;
    uint64_t interval, since_ms, taken, lost;
} SourceRow;

typedef struct {
    uint32_t source, stack;
    uintptr_t block, object;
    uint64_t bytes, age_ms;
} SampledBlock;

bool rows_init(SampleRows *rows, HeapFile *file, Names *names);
/* The number of a row, the known one where there is one; 0 where memory ended or there are too many. */
uint32_t rows_source(SampleRows *rows, const SourceRow *source);
uint32_t rows_code(SampleRows *rows, PyCodeObject *code);
/* By a str, or if that's NULL by UTF-8; the same file is the same pointer. */
uint32_t rows_file(SampleRows *rows, PyObject *filename, const char *path);
uint32_t rows_stack(SampleRows *rows, uint32_t caller, uint32_t code, unsigned line);
/* False where memory ended or the file failed. */
bool rows_sample(SampleRows *rows, const SampledBlock *sample);
bool rows_flush(SampleRows *rows);
