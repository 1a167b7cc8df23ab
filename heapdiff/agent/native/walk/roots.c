#include "walk/roots.h"

#include "types/owners.h"
#include "walk/stacks.h"
#include "walk/visit.h"

static void atexit_root(void *context, PyObject *object)
{
    Walk *walk = context;
    object_root(walk, ROOT_INTERPRETER, literal_name(&walk->tables.names, "atexit"), object);
}

static void walk_module(Walk *walk, void *context)
{
    DictItem *item = context;
    if (item->value != NULL && item->key != NULL) {
        uint32_t name = code_name(&walk->tables.names, item->key);
        object_root(walk, ROOT_MODULE, name, item->value);
        walk->failed = walk->failed || (name != 0 && !put_owner(&walk->modules, name, item->value));
    }
}

static void walk_modules(Walk *walk, void *unused)
{
    PyObject *modules = interpreter_modules(walk->interp);
    for (Py_ssize_t i = 0; modules != NULL && is_any_dict(modules) && i < dict_entries((PyDictObject *)modules); i++) {
        DictItem item = dict_item((PyDictObject *)modules, i);
        guarded(walk, walk_module, &item);
    }
}

static void walk_interpreter(Walk *walk, void *unused)
{
    InterpreterRoot roots[INTERPRETER_ROOTS_MOST];
    int count = interpreter_roots(walk->interp, roots);
    for (int i = 0; i < count; i++) {
        object_root(walk, ROOT_INTERPRETER, literal_name(&walk->tables.names, roots[i].name), roots[i].object);
    }
    interpreter_atexit(walk->interp, atexit_root, walk);
}

void walk_roots(Walk *walk)
{
    Step *const steps[] = {count_borrowed, walk_threads, walk_modules, walk_interpreter};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        guarded(walk, steps[i], NULL);
    }
}

void walk_static_types(Walk *walk)
{
    for (size_t i = 0; i < walk->tables.infos.count && !walk->failed; i++) {
        PyTypeObject *type = ((TypeInfo **)walk->tables.infos.items)[i]->type;
        if (type != NULL && !address_set_has(&walk->seen, (uintptr_t)type)) {
            object_root(walk, ROOT_TYPE, 0, (PyObject *)type);
            drain(walk);
        }
    }
}

void walk_sampled_code(Walk *walk)
{
    PointerMap *held = &walk->joins.held;
    for (size_t i = 0; i < held->capacity && !walk->failed; i++) {
        uintptr_t code = held->slots[i].key;
        if (code != 0 && !address_set_has(&walk->seen, code)) {
            object_root(walk, ROOT_INTERPRETER, literal_name(&walk->tables.names, "sampled_code"), (PyObject *)code);
            drain(walk);
        }
    }
}
