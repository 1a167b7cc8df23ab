#include "types/tables.h"

#include <string.h>

#include "format.h"

bool write_type(Tables *tables, TypeInfo *info, const char *text, size_t module_bytes, size_t bytes)
{
    Section *types = &tables->types;
    char *shown = memory_take(bytes + 2);
    TypeInfo **place = pile_push(&tables->infos);
    if (shown == NULL || place == NULL || !section_reserve(types, bytes + 60)) {
        return false;
    }
    *place = info;
    info->id = (uint32_t)(tables->infos.count - 1);
    put_varint(types, (uintptr_t)info->type >> 3);
    put_varint(types, info->flags);
    put_varint(types, info->fixed_bytes);
    put_varint(types, module_bytes);
    put_bytes(types, text, module_bytes);
    put_varint(types, bytes - module_bytes);
    put_bytes(types, text + module_bytes, bytes - module_bytes);
    bool builtin = module_bytes == 8 && memcmp(text, "builtins", 8) == 0;
    info->text = shown;
    if (builtin || module_bytes == 0) {
        memcpy(shown, text + module_bytes, bytes - module_bytes);
        info->text_bytes = bytes - module_bytes;
    } else {
        memcpy(shown, text, module_bytes);
        shown[module_bytes] = '.';
        memcpy(shown + module_bytes + 1, text + module_bytes, bytes - module_bytes);
        info->text_bytes = bytes + 1;
    }
    info->facts = facts_of_type(info->text, info->text_bytes);
    info->own = (info->flags & TYPE_PSEUDO) || (module_bytes == 8 && memcmp(text, "heapdiff", 8) == 0)
        || (module_bytes > 8 && memcmp(text, "heapdiff.", 9) == 0);
    return true;
}

TypeInfo *make_bare_type(Tables *tables, const char *text, uint32_t flags)
{
    TypeInfo *info = memory_take(sizeof *info);
    if (info == NULL) {
        return NULL;
    }
    info->flags = flags;
    return write_type(tables, info, text, 0, strlen(text)) ? info : NULL;
}

bool tables_init(Tables *tables, HeapFile *file)
{
    memset(tables, 0, sizeof *tables);
    return names_init(&tables->names, file) && section_init(&tables->types, file, "TYPE", 1 << 16)
        && layouts_init(&tables->layouts, file) && pointer_map_init(&tables->type_ids, 1 << 12)
        && pile_init(&tables->infos, sizeof(TypeInfo *), 4096)
        && (tables->unreadable = make_bare_type(tables, "unreadable object", 0)) != NULL;
}

bool tables_flush(Tables *tables)
{
    return section_flush(&tables->names.section) && section_flush(&tables->types)
        && section_flush(&tables->layouts.section);
}
