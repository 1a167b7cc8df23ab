#include "content/values.h"

#include <string.h>

#include "cpython/text.h"
#include "format.h"
#include "write/json.h"

enum { ROW_BYTES = 16, ROWS_MOST = 4096, HEAD_BYTES = 4, TEXTS_BYTES = 1 << 18, TEXTS_AT = HEAD_BYTES + ROWS_MOST * ROW_BYTES };

/* While it is filled, rows and texts stand each in a part of their own; the flush moves the texts to the last row. */
bool values_init(Values *values, HeapFile *file)
{
    values->rows = 0;
    bool made = section_init(&values->section, file, "VALS", TEXTS_AT + TEXTS_BYTES);
    values->section.used = TEXTS_AT;
    return made;
}

bool values_flush(Values *values)
{
    Section *section = &values->section;
    size_t texts = section->used - TEXTS_AT, rows_end = HEAD_BYTES + (size_t)values->rows * ROW_BYTES;
    if (values->rows == 0) {
        return section->file->error == 0;
    }
    put_little(section->base, values->rows, HEAD_BYTES);
    memmove(section->base + rows_end, section->base + TEXTS_AT, texts);
    section->used = rows_end + texts;
    values->rows = 0;
    bool done = section_flush(section);
    section->used = TEXTS_AT;
    return done;
}

static size_t int_text(PyObject *object, char *out)
{
    int64_t value;
    if (!int_value(object, &value)) {
        return 0;
    }
    out[0] = '-';
    size_t sign = value < 0;
    return sign + format_number(out + sign, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

bool values_put(Values *values, PyObject *object)
{
    Section *section = &values->section;
    enum ValueKind kind;
    uint64_t length = 0;
    char text[VALUE_BYTES_MOST];
    size_t bytes;
    if (is_str(object)) {
        kind = VALUE_STR;
        length = (uint64_t)PyUnicode_GET_LENGTH(object);
        bytes = str_utf8(object, text, sizeof text);
    } else if (Py_IS_TYPE(object, &PyBytes_Type)) {
        kind = VALUE_BYTES;
        length = (uint64_t)PyBytes_GET_SIZE(object);
        bytes = length < sizeof text ? (size_t)length : sizeof text;
        memcpy(text, PyBytes_AS_STRING(object), bytes);
    } else if (Py_IS_TYPE(object, &PyLong_Type)) {
        kind = VALUE_INT;
        bytes = int_text(object, text);
        if (bytes == 0) {
            return true;
        }
    } else if (Py_IS_TYPE(object, &PyFloat_Type)) {
        kind = VALUE_FLOAT;
        bytes = sizeof(double);
        memcpy(text, &((PyFloatObject *)object)->ob_fval, bytes);
    } else {
        return true;
    }
    if ((values->rows == ROWS_MOST || section->used + bytes > section->capacity) && !values_flush(values)) {
        return false;
    }
    uint8_t *row = section->base + HEAD_BYTES + (size_t)values->rows++ * ROW_BYTES;
    put_little(row, (uintptr_t)object, 8);
    put_little(row + 8, length < UINT32_MAX ? length : UINT32_MAX, 4);
    put_little(row + 12, bytes, 2);
    row[14] = (uint8_t)kind;
    row[15] = 0;
    put_bytes(section, text, bytes);
    return true;
}
