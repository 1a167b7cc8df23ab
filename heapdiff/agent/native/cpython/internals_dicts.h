/* Dicts, and the attributes that instances hold. Part of internals.h. */
#pragma once

/* --- dicts ----------------------------------------------------------------------------------------------------- */

typedef struct {
    PyObject *key, *value;
} DictItem;

/* Laid out as a dict: dict, frozendict, and their subclasses. */
static inline bool is_any_dict(PyObject *object)
{
#if PY_VERSION_HEX >= 0x030F0000
    return PyAnyDict_Check(object);
#else
    return PyDict_Check(object);
#endif
}

static inline Py_ssize_t dict_entries(const PyDictObject *dict)
{
    return dict->ma_keys == NULL ? 0 : dict->ma_keys->dk_nentries;
}

static inline PyObject *keys_key(PyDictKeysObject *keys, Py_ssize_t index)
{
    return DK_IS_UNICODE(keys) ? DK_UNICODE_ENTRIES(keys)[index].me_key : DK_ENTRIES(keys)[index].me_key;
}

/* The entry at an index; its value is NULL where the entry is unused. */
static inline DictItem dict_item(const PyDictObject *dict, Py_ssize_t index)
{
    PyDictKeysObject *keys = dict->ma_keys;
    if (dict->ma_values != NULL) {
        return (DictItem){DK_UNICODE_ENTRIES(keys)[index].me_key, dict->ma_values->values[index]};
    }
    if (DK_IS_UNICODE(keys)) {
        return (DictItem){DK_UNICODE_ENTRIES(keys)[index].me_key, DK_UNICODE_ENTRIES(keys)[index].me_value};
    }
    return (DictItem){DK_ENTRIES(keys)[index].me_key, DK_ENTRIES(keys)[index].me_value};
}

static inline size_t keys_bytes(PyDictKeysObject *keys)
{
    size_t usable = (size_t)((DK_SIZE(keys) << 1) / 3);
    size_t entry = DK_IS_UNICODE(keys) ? sizeof(PyDictUnicodeEntry) : sizeof(PyDictKeyEntry);
    return sizeof(PyDictKeysObject) + ((size_t)1 << keys->dk_log2_index_bytes) + usable * entry;
}

static inline size_t values_bytes(PyDictKeysObject *keys, PyDictValues *values)
{
#if PY_VERSION_HEX >= 0x030D0000
    size_t capacity = values->capacity;
    return _Py_SIZE_ROUND_UP(capacity, sizeof(PyObject *)) + (capacity + 1) * sizeof(PyObject *);
#else
    return ((uint8_t *)values)[-1] + (size_t)(keys->dk_usable + keys->dk_nentries) * sizeof(PyObject *);
#endif
}

/* Bytes a dict owns beyond its own struct. Shared keys belong to the class, embedded values to the instance. */
static inline size_t dict_extra_bytes(const PyDictObject *dict)
{
    size_t bytes = 0;
    if (dict->ma_keys == NULL) {
        return 0;
    }
    if (dict->ma_values != NULL) {
#if PY_VERSION_HEX >= 0x030D0000
        bytes += dict->ma_values->embedded ? 0 : values_bytes(dict->ma_keys, dict->ma_values);
#else
        bytes += values_bytes(dict->ma_keys, dict->ma_values);
#endif
    }
    if (dict->ma_keys->dk_refcnt == 1) {
        bytes += keys_bytes(dict->ma_keys);
    }
    return bytes;
}

/* --- attributes of instances ----------------------------------------------------------------------------------- */

static inline bool has_managed_dict(PyTypeObject *type)
{
    return (type->tp_flags & Py_TPFLAGS_MANAGED_DICT) != 0;
}

#if PY_VERSION_HEX >= 0x030D0000
static inline PyDictValues *inline_values(PyObject *object)
{
    return (PyDictValues *)((char *)object + Py_TYPE(object)->tp_basicsize);
}
#endif

static inline PyDictKeysObject *cached_keys(PyTypeObject *type)
{
    return type->tp_flags & Py_TPFLAGS_HEAPTYPE ? ((PyHeapTypeObject *)type)->ht_cached_keys : NULL;
}

/* The attributes of an instance whose type has a managed dict: inline values (keys from cached_keys), or a dict. */
static inline void managed_attributes(PyObject *object, PyDictValues **values, PyObject **dict)
{
    *values = NULL;
    *dict = NULL;
#if PY_VERSION_HEX >= 0x030D0000
    *dict = (PyObject *)((PyManagedDictPointer *)((char *)object + MANAGED_DICT_OFFSET))->dict;
    if (*dict == NULL && (Py_TYPE(object)->tp_flags & Py_TPFLAGS_INLINE_VALUES)) {
        *values = inline_values(object)->valid ? inline_values(object) : NULL;
    }
#elif PY_VERSION_HEX >= 0x030C0000
    PyDictOrValues place = *((PyDictOrValues *)object - 3);
    if (_PyDictOrValues_IsValues(place)) {
        *values = _PyDictOrValues_GetValues(place);
    } else {
        *dict = place.dict;
    }
#else
    *dict = ((PyObject **)object)[-3];
    *values = *dict == NULL ? ((PyDictValues **)object)[-4] : NULL;
#endif
}

/* Bytes of inline values that belong to the instance; on 3.13 they exist even when a dict was made. */
static inline size_t managed_bytes(PyObject *object, PyDictValues *values)
{
#if PY_VERSION_HEX >= 0x030D0000
    if (Py_TYPE(object)->tp_flags & Py_TPFLAGS_INLINE_VALUES) {
        return values_bytes(cached_keys(Py_TYPE(object)), inline_values(object));
    }
    return 0;
#else
    PyDictKeysObject *keys = cached_keys(Py_TYPE(object));
    return values == NULL || keys == NULL ? 0 : values_bytes(keys, values);
#endif
}
