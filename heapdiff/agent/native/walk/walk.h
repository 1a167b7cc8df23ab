/* The walk: every object of the heap to a .heap file. Runs in the capture child; writes no reference count. */
#pragma once

#include "types/tables.h"
#include "walk/options.h"

typedef struct Walk Walk;

/* NULL when memory ends. */
Walk *walk_new(HeapFile *file, WalkOptions options);
/* Everything between INFO and MEMO; false when memory ended or the file failed. */
bool walk_heap(Walk *walk, PyInterpreterState *interp);
WalkTotals walk_totals(const Walk *walk);
Tables *walk_tables(Walk *walk);
