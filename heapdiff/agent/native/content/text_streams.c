#include "content/text_streams.h"

#include <string.h>

/* Not in a public header. */
typedef struct {
    PyObject_HEAD
    Py_UCS4 *content;
    Py_ssize_t position, length;
    size_t room;
    int state;
#if PY_VERSION_HEX < 0x030C0000
    PyObject *joined;   /* a list as well, of pieces that were many */
#endif
    PyObject *written;  /* a list of str; from 3.12 on the buffer of a writer, a str */
} TextStream;

enum { ACCUMULATING = 2 }; /* what it does as long as it is only written to */

static bool known;

#if PY_VERSION_HEX < 0x030E0000 /* then the writer stands in a block of its own */
static bool is_where_we_look(PyObject *stream)
{
    TextStream *sample = (TextStream *)stream;
    if (Py_TYPE(stream)->tp_basicsize < (Py_ssize_t)sizeof(TextStream) || sample->state != ACCUMULATING
        || sample->content == NULL || sample->position != 3 || sample->length != 3 || sample->written == NULL) {
        return false;
    }
#if PY_VERSION_HEX < 0x030C0000
    return sample->joined == NULL && Py_IS_TYPE(sample->written, &PyList_Type) && PyList_GET_SIZE(sample->written) == 1;
#else
    return Py_IS_TYPE(sample->written, &PyUnicode_Type) && PyUnicode_READ_CHAR(sample->written, 0) == 'a';
#endif
}

void text_streams_prepare(void)
{
    PyObject *module = PyImport_ImportModule("_io");
    PyObject *stream = module == NULL ? NULL : PyObject_CallMethod(module, "StringIO", NULL);
    PyObject *written = stream == NULL ? NULL : PyObject_CallMethod(stream, "write", "s", "abc");
    known = written != NULL && is_where_we_look(stream);
    Py_XDECREF(written);
    Py_XDECREF(stream);
    Py_XDECREF(module);
    PyErr_Clear();
}
#else
void text_streams_prepare(void)
{
}
#endif

/* Only what C code made is immutable, so a class of the application can't be taken for it. */
bool is_text_stream(PyTypeObject *type)
{
    for (; known && type != NULL; type = type->tp_base) {
        if (strcmp(type->tp_name, "_io.StringIO") == 0
            && (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE) || type->tp_flags & Py_TPFLAGS_IMMUTABLETYPE)) {
            return true;
        }
    }
    return false;
}

PyObject *written_text(PyObject *stream)
{
    TextStream *text = (TextStream *)stream;
    return text->state == ACCUMULATING ? text->written : NULL;
}
