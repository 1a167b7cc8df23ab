#include "content/whitelist.h"

#include <stdlib.h>
#include <string.h>

static const FactsOfType nothing;

typedef struct {
    char *text; /* what the names point into */
    size_t count;
    FactsOfType types[];
} Whitelist;

static const Whitelist *known;

static bool read_line(char *line, FactsOfType *found)
{
    char *rest = NULL;
    found->type = strtok_r(line, " ", &rest);
    for (char *word; (word = strtok_r(NULL, " ", &rest)) != NULL;) {
        if (found->count == FACTS_OF_TYPE_MOST) {
            return false;
        }
        char *equals = strchr(word, '=');
        found->facts[found->count++] = (Fact){word, equals == NULL ? NULL : equals + 1};
        if (equals != NULL) {
            *equals = '\0';
        }
    }
    return found->type != NULL;
}

static size_t count_lines(const char *text)
{
    size_t count = 1;
    for (; *text != '\0'; text++) {
        count += *text == '\n';
    }
    return count;
}

PyObject *whitelist_prepare(PyObject *module, PyObject *args)
{
    const char *given;
    if (!PyArg_ParseTuple(args, "s", &given)) {
        return NULL;
    }
    char *text = strdup(given), *rest = NULL;
    Whitelist *read = calloc(1, sizeof *read + count_lines(given) * sizeof *read->types);
    bool right = text != NULL && read != NULL;
    for (char *line = right ? strtok_r(text, "\n", &rest) : NULL; line != NULL && right; line = strtok_r(NULL, "\n", &rest)) {
        right = read_line(line, &read->types[read->count++]);
    }
    if (!right) {
        bool short_of_memory = text == NULL || read == NULL;
        free(text);
        free(read);
        PyErr_SetString(short_of_memory ? PyExc_MemoryError : PyExc_ValueError, "no list of types with their attributes");
        return NULL;
    }
    read->text = text;
    known = read; /* the one before is never freed: a child may read it */
    Py_RETURN_NONE;
}

const FactsOfType *facts_of_type(const char *text, size_t bytes)
{
    for (size_t i = 0; known != NULL && i < known->count; i++) {
        if (strlen(known->types[i].type) == bytes && memcmp(known->types[i].type, text, bytes) == 0) {
            return &known->types[i];
        }
    }
    return &nothing;
}
