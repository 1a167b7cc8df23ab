#include "walk/visit.h"

#include "content/text_streams.h"
#include "content/zones.h"
#include "cpython/text.h"
#include "types/types.h"
#include "walk/containers.h"
#include "walk/frames.h"
#include "walk/parts.h"
#include "walk/stacks.h"

static uint32_t own_name(Walk *walk, PyObject *object, uint32_t parts)
{
    if (parts & PART_FUNCTION) {
        return code_name(&walk->tables.names, ((PyFunctionObject *)object)->func_qualname);
    }
    if (parts & PART_MODULE) {
        return code_name(&walk->tables.names, ((PyModuleObject *)object)->md_name);
    }
    if (parts & PART_CODE) {
        return code_name(&walk->tables.names, ((PyCodeObject *)object)->co_qualname);
    }
    if (parts & PART_GENERATOR) {
        return code_name(&walk->tables.names, ((PyGenObject *)object)->gi_qualname);
    }
    if (parts & PART_TYPE && ((PyTypeObject *)object)->tp_flags & Py_TPFLAGS_HEAPTYPE) {
        PyObject *module = item_named(type_dict((PyTypeObject *)object), "__module__");
        code_name(&walk->tables.names, module); /* the string gets it, too: by it the class is known to be of that module */
        return code_name(&walk->tables.names, ((PyHeapTypeObject *)object)->ht_qualname);
    }
    return 0;
}

void walk_object(Walk *walk, PyObject *object, uint64_t resume)
{
    TypeInfo *info = type_info(&walk->tables, Py_TYPE(object));
    if (info == NULL) {
        walk->failed = true;
        return;
    }
    uint32_t parts = info->parts;
    begin(walk, object, info);
    if (resume != 0) {
        walk->header_done = true;
    } else {
        const uint32_t named = PART_FUNCTION | PART_MODULE | PART_CODE | PART_GENERATOR | PART_TYPE;
        walk->name = parts & named ? own_name(walk, object, parts) : 0;
        walk->known_count = 0;
        if (info->counters.bound != 0) {
            put_bound(walk, object, info->counters.bound);
        }
        if (facts_wanted(info) && walk->options.graph && !facts_put(&walk->facts, &walk->tables.names, info, object)) {
            walk->failed = true;
        }
        if (parts & PART_FIELDS) {
            walk_fields(walk, object);
        }
        if (parts & PART_MANAGED) {
            walk_managed(walk, object);
        }
        if (parts & PART_TAIL_DICT) {
            walk_tail_dict(walk, object);
        }
        if (parts & PART_TYPE) {
            walk_type(walk, (PyTypeObject *)object);
        } else if (parts & PART_CODE) {
            walk_code(walk, (PyCodeObject *)object);
        } else if (parts & PART_GENERATOR) {
            walk_generator(walk, (PyGenObject *)object);
        } else if (parts & PART_FRAME) {
            walk_frame_object(walk, (PyFrameObject *)object);
        } else if (parts & PART_WEAKREF) {
            walk_weakref(walk, (PyWeakReference *)object);
        } else if (parts & PART_ARRAY) {
            walk_array(walk, object);
        } else if (parts & PART_TEXT_STREAM) {
            named_edge(walk, written_text(object), EDGE_INTERNAL, "written");
        } else if (parts & PART_ZONE) {
            named_edge(walk, zone_at(object, info->zone_offset), EDGE_ATTRIBUTE, "tzinfo");
        } else if (parts & PART_MEMORYVIEW) {
            put_view(walk, object, PyMemoryView_GET_BUFFER(object)->len);
        }
        if (info->greenlet_frame != NULL) {
            PyFrameObject *waiting = greenlet_frame(walk, object);
            reach_suspended(walk, waiting);
            named_edge(walk, (PyObject *)waiting, EDGE_ATTRIBUTE, "gr_frame");
        }
        bool is_static_type = parts & PART_TYPE && !(((PyTypeObject *)object)->tp_flags & Py_TPFLAGS_HEAPTYPE);
        if (parts & PART_TRAVERSE && !is_static_type) { /* of a static one, a metatype's traverse ends the process */
            walk_traverse(walk, object);
        }
    }
    if (!walk_sequence(walk, object, resume)) {
        finish_record(walk);
    }
}

void drain(Walk *walk)
{
    write_leaves(walk);
    while (!walk->failed && walk->stack.count + walk->frames.count > 0) {
        if (walk->stack.count > 0) {
            Pending next = ((Pending *)walk->stack.items)[--walk->stack.count];
            walk_object(walk, next.object, next.resume);
        } else {
            walk_frame(walk, ((Frame **)walk->frames.items)[--walk->frames.count]);
        }
        write_leaves(walk);
    }
}
