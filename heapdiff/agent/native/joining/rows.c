#include "joining/rows.h"

#include "format.h"

enum { SECTION_BYTES = 1 << 16, ROW_BYTES = 64 };

typedef struct {
    int owner;
    uint32_t distribution, file;
} KnownPlace;

static void begin_sources(void *rows)
{
    put_varint(&((SampleRows *)rows)->sources, SAMPLE_SOURCE);
}

static void begin_codes(void *rows)
{
    put_varint(&((SampleRows *)rows)->codes, SAMPLE_CODE);
}

static void begin_stacks(void *rows)
{
    put_varint(&((SampleRows *)rows)->stacks, SAMPLE_STACK);
}

static void begin_samples(void *rows)
{
    put_varint(&((SampleRows *)rows)->samples, SAMPLE_SAMPLE);
}

static bool table_init(SampleRows *rows, Section *section, HeapFile *file, void (*begin)(void *))
{
    if (!section_init(section, file, "SAMP", SECTION_BYTES)) {
        return false;
    }
    section->on_flush = begin;
    section->context = rows;
    begin(rows);
    return true;
}

bool rows_init(SampleRows *rows, HeapFile *file, Names *names)
{
    rows->names = names;
    return table_init(rows, &rows->sources, file, begin_sources) && table_init(rows, &rows->codes, file, begin_codes)
        && table_init(rows, &rows->stacks, file, begin_stacks) && table_init(rows, &rows->samples, file, begin_samples)
        && pointer_map_init(&rows->code_rows, 1 << 10) && pointer_map_init(&rows->stack_rows, 1 << 12)
        && pointer_map_init(&rows->files, 1 << 8) && pile_init(&rows->places, sizeof(KnownPlace), 1 << 8);
}

uint32_t rows_source(SampleRows *rows, const SourceRow *source)
{
    if (!section_reserve(&rows->sources, ROW_BYTES)) {
        return 0;
    }
    put_varint(&rows->sources, (uint64_t)source->source);
    put_varint(&rows->sources, source->interval);
    put_varint(&rows->sources, source->since_ms);
    put_varint(&rows->sources, source->taken);
    put_varint(&rows->sources, source->lost);
    return ++rows->source_count;
}

static const void *file_key(PyObject *filename, const char *path)
{
    return filename != NULL ? (const void *)filename : path;
}

/* Where a file is, found once. NULL when memory ends. */
static const KnownPlace *known_place(SampleRows *rows, PyObject *filename, const char *path)
{
    bool added;
    uint32_t *number = pointer_map_place(&rows->files, file_key(filename, path), &added);
    if (number == NULL) {
        return NULL;
    }
    if (*number == 0) {
        KnownPlace *made = pile_push(&rows->places);
        if (made == NULL) {
            return NULL;
        }
        *made = (KnownPlace){0};
        *number = (uint32_t)rows->places.count;
        CodePlace *place = &rows->place;
        if (filename != NULL) {
            find_code_place(&rows->roots, filename, place);
        } else {
            find_path_place(&rows->roots, path, place);
        }
        *made = (KnownPlace){place->owner, text_name(rows->names, place->distribution, place->distribution_bytes),
                             text_name(rows->names, place->file, place->file_bytes)};
    }
    return (KnownPlace *)rows->places.items + (*number - 1);
}

static uint32_t add_code(SampleRows *rows, PyCodeObject *code, PyObject *filename, const char *path)
{
    bool added;
    uint32_t *row = pointer_map_place(&rows->code_rows, code != NULL ? code : file_key(filename, path), &added);
    if (row == NULL || *row != 0) {
        return row == NULL ? 0 : *row;
    }
    const KnownPlace *place = known_place(rows, filename, path);
    uint32_t name = code == NULL ? 0 : code_name(rows->names, code->co_qualname);
    if (place == NULL || !section_reserve(&rows->codes, ROW_BYTES)) {
        return 0;
    }
    put_varint(&rows->codes, (uintptr_t)code >> 3);
    put_varint(&rows->codes, (uint64_t)place->owner);
    put_varint(&rows->codes, place->distribution);
    put_varint(&rows->codes, place->file);
    put_varint(&rows->codes, name);
    *row = ++rows->code_count;
    return *row;
}

uint32_t rows_code(SampleRows *rows, PyCodeObject *code)
{
    return add_code(rows, code, code->co_filename, NULL);
}

uint32_t rows_file(SampleRows *rows, PyObject *filename, const char *path)
{
    return add_code(rows, NULL, filename, path);
}

uint32_t rows_stack(SampleRows *rows, uint32_t caller, uint32_t code, unsigned line)
{
    uint64_t mixed = ((uint64_t)caller * 0x9E3779B97F4A7C15ull ^ code) * 0xBF58476D1CE4E5B9ull;
    mixed = ((mixed ^ mixed >> 31) + line) * 0x94D049BB133111EBull | 1;
    bool added;
    uint32_t *row = rows->stack_count < STACK_ROWS_MOST ? pointer_map_place(&rows->stack_rows, (void *)(uintptr_t)mixed, &added)
                                                        : pointer_map_find(&rows->stack_rows, (void *)(uintptr_t)mixed);
    if (row == NULL || *row != 0 || code == 0 || !section_reserve(&rows->stacks, ROW_BYTES)) {
        return row == NULL ? 0 : *row;
    }
    put_varint(&rows->stacks, caller);
    put_varint(&rows->stacks, code);
    put_varint(&rows->stacks, line);
    *row = ++rows->stack_count;
    return *row;
}

bool rows_sample(SampleRows *rows, const SampledBlock *sample)
{
    if (!section_reserve(&rows->samples, ROW_BYTES)) {
        return false;
    }
    put_varint(&rows->samples, sample->source);
    put_varint(&rows->samples, sample->block >> 3);
    put_varint(&rows->samples, sample->bytes);
    put_varint(&rows->samples, sample->age_ms);
    put_varint(&rows->samples, sample->stack);
    put_varint(&rows->samples, sample->object >> 3);
    return true;
}

bool rows_flush(SampleRows *rows)
{
    Section *const sections[] = {&rows->sources, &rows->codes, &rows->stacks, &rows->samples};
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        if (sections[i]->used > 1 && !section_flush(sections[i])) {
            return false;
        }
    }
    return true;
}
