#define _GNU_SOURCE
#include "content/hashes.h"

#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cpython/text.h"

enum {
    ENTRY_BYTES = 4,
    ENTRIES_BYTES = 1 << 16,
    HASHED_MOST = 1 << 20, /* bytes of a text: a longer one would have to be read from its first page to its last */
    KIND_SHIFT = 56,       /* above any length */
};

bool hashes_init(Hashes *hashes, HeapFile *file)
{
    hashes->on = syscall(SYS_getrandom, &hashes->key, sizeof hashes->key, GRND_NONBLOCK) == (long)sizeof hashes->key;
    return !hashes->on || section_init(&hashes->section, file, "HASH", ENTRIES_BYTES);
}

/* Equal texts have equal bytes: of the three widths a str takes the least that its characters fit. What is interned has no
   equal that is interned, and most of it is code. */
uint32_t hash_of(const Hashes *hashes, PyObject *object)
{
    const void *text;
    size_t length, width = 0;
    if (Py_IS_TYPE(object, &PyBytes_Type)) {
        length = (size_t)PyBytes_GET_SIZE(object);
        text = PyBytes_AS_STRING(object);
    } else if (is_str(object) && !PyUnicode_CHECK_INTERNED(object)) {
        width = PyUnicode_KIND(object);
        length = (size_t)PyUnicode_GET_LENGTH(object);
        text = PyUnicode_DATA(object);
    } else {
        return 0;
    }
    if (!hashes->on || length > HASHED_MOST || length * (width == 0 ? 1 : width) > HASHED_MOST) {
        return 0;
    }
    uint32_t hash = (uint32_t)siphash(&hashes->key, (uint64_t)width << KIND_SHIFT | length, text,
                                      length * (width == 0 ? 1 : width));
    return hash == 0 ? 1 : hash;
}

bool hashes_put(Hashes *hashes, uint32_t hash)
{
    Section *section = &hashes->section;
    if (!section_reserve(section, ENTRY_BYTES)) {
        return false;
    }
    put_little(section->base + section->used, hash, ENTRY_BYTES);
    section->used += ENTRY_BYTES;
    return true;
}

bool hashes_end(Hashes *hashes)
{
    explicit_bzero(&hashes->key, sizeof hashes->key);
    hashes->on = false;
    return hashes->section.base == NULL || section_flush(&hashes->section);
}
