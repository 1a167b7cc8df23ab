#include "watching/sightings.h"

#include <string.h>

#include "platform/memory.h"
#include "sampling/call_stacks.h"
#include "watching/insertions.h"

enum { FRAMES_MOST = 512, SLOTS = 2 * FRAMES_MOST };

typedef struct {
    Inserting stacks[INSERTING_STACKS_MOST];
    struct {
        PyCodeObject *code;
        int line;
        uint32_t number;
    } known[SLOTS];
    uint32_t frame_count;
    Text frames, rows;
    const ImportRoots *roots;
    CodePlace place;
    char title[CODE_BYTES_MOST];
} Telling;

static void tell_frame(Telling *telling, PyCodeObject *code, int line)
{
    Text *text = &telling->frames;
    find_code_place(telling->roots, code->co_filename, &telling->place);
    size_t title_bytes = code_title(code, telling->title);
    text_add(text, telling->frame_count > 0 ? ", {" : "{");
    text_add_name(text, "file");
    text_add_json(text, telling->place.file, telling->place.file_bytes);
    text_add_name(text, "function");
    text_add_json(text, telling->title, title_bytes);
    text_add_count(text, "line", line < 0 ? 0 : (uint64_t)line);
    text_add_count(text, "owner", (uint64_t)telling->place.owner);
    text_add(text, "}");
}

/* The number of a frame, which is told when it is new; false when there are too many. */
static bool number_of(Telling *telling, PyCodeObject *code, int line, uint32_t *number)
{
    size_t at = spread((uintptr_t)code + (uint64_t)(unsigned)line, SLOTS);
    while (telling->known[at].code != NULL && (telling->known[at].code != code || telling->known[at].line != line)) {
        at = (at + 1) % SLOTS;
    }
    if (telling->known[at].code == NULL) {
        if (telling->frame_count == FRAMES_MOST) {
            return false;
        }
        tell_frame(telling, code, line);
        telling->known[at].code = code;
        telling->known[at].line = line;
        telling->known[at].number = telling->frame_count++;
    }
    *number = telling->known[at].number;
    return true;
}

/* All of it, or nothing of the row. */
static bool tell_stack(Telling *telling, const Inserting *stack)
{
    Text *rows = &telling->rows;
    size_t before = rows->used;
    uint32_t number;
    text_add(rows, before > 0 ? ", {" : "{");
    text_add_count(rows, "count", stack->count);
    text_add_name(rows, "frames");
    text_add(rows, "[");
    for (uint32_t at = stack->stack; stack_node(at) != NULL; at = stack_node(at)->caller) {
        const StackNode *node = stack_node(at);
        int line = PyCode_Addr2Line(node->code, node->offset);
        if (!number_of(telling, node->code, line, &number) || telling->frames.used + rows->used > SIGHTINGS_BYTES_MOST) {
            rows->used = before;
            return false;
        }
        text_add(rows, at == stack->stack ? "" : ", ");
        text_add_number(rows, number);
    }
    text_add(rows, "]");
    text_add_name(rows, "wraps");
    text_add(rows, "[");
    for (uint32_t i = 0; i < stack->wrapped_count; i++) {
        PyCodeObject *code = stack->wrapped[i].code;
        if (telling->frames.used + rows->used > SIGHTINGS_BYTES_MOST
            || !number_of(telling, code, code->co_firstlineno, &number)) {
            break;
        }
        text_add(rows, i > 0 ? ", " : "");
        text_add_number(rows, stack->wrapped[i].frame);
        text_add(rows, ", ");
        text_add_number(rows, number);
    }
    text_add(rows, "]}");
    return true;
}

static void tell_stacks(Text *text, Telling *telling)
{
    uint32_t count = insertions_list(telling->stacks);
    uint64_t left_out = 0;
    bool fits = true;
    for (uint32_t i = 0; i < count; i++) {
        fits = fits && tell_stack(telling, &telling->stacks[i]);
        left_out += fits ? 0 : telling->stacks[i].count;
    }
    text_add_count(text, "left_out", left_out);
    text_add_name(text, "frames");
    text_add(text, "[");
    text_add_bytes(text, telling->frames.text, telling->frames.used);
    text_add(text, "]");
    text_add_name(text, "stacks");
    text_add(text, "[");
    text_add_bytes(text, telling->rows.text, telling->rows.used);
    text_add(text, "]");
}

void tell_sightings(Text *text, const ImportRoots *roots)
{
    enum { ROOM = 1 << 16 };
    Insertions now = insertions_state();
    text_add_count(text, "length", (uint64_t)insertions_length());
    text_add_count(text, "inserted", now.inserted);
    text_add_count(text, "removed", now.removed);
    text_add_count(text, "unplaced", now.unplaced);
    Telling *telling = memory_map(sizeof *telling);
    if (telling != NULL && text_init(&telling->frames, ROOM) && text_init(&telling->rows, ROOM)) {
        telling->roots = roots;
        tell_stacks(text, telling);
    } else {
        text->failed = true;
    }
    if (telling != NULL) {
        memory_unmap(telling->frames.text, telling->frames.capacity);
        memory_unmap(telling->rows.text, telling->rows.capacity);
        memory_unmap(telling, sizeof *telling);
    }
}
