/* The numbers of the .heap format, version 1; docs/format.md explains them, a test compares the two. */
#pragma once

#define HEAP_MAGIC "\x89HEAP\r\n\x1a"
enum { HEAP_VERSION = 1, FLAG_VALUES = 1 };

enum TypeFlag { TYPE_HEAP_TYPE = 1, TYPE_PSEUDO = 2, TYPE_GC = 4, TYPE_DICT = 8, TYPE_TYPE = 16,
                TYPE_HASHED = 32 };

enum RecordTag { TAG_CONTINUED = 0x01, TAG_SIZE = 0x02, TAG_REFCOUNT = 0x04, TAG_NAMED = 0x08, TAG_GROUPS_SHIFT = 4,
                 TAG_KNOWN = 0x3F };

enum GroupKind {
    GROUP_ELEMENTS = 1,
    GROUP_ITEMS = 2,
    GROUP_INT_ITEMS = 3,
    GROUP_LAYOUT = 4,
    GROUP_NAMED = 5,
    GROUP_UNNAMED = 6,
    GROUP_WEAK = 7,
    GROUP_MEMBERS = 8,
    GROUP_DECLARES = 9,
    GROUP_STACK = 10
};

enum EdgeKind {
    EDGE_UNNAMED = 0,
    EDGE_ELEMENT = 1,
    EDGE_KEY = 2,
    EDGE_VALUE = 3,
    EDGE_INT_VALUE = 4,
    EDGE_ATTRIBUTE = 5,
    EDGE_LOCAL = 6,
    EDGE_CELL = 7,
    EDGE_FREE = 8,
    EDGE_MEMBER = 9,
    EDGE_INTERNAL = 10,
    EDGE_TYPE = 11,
    EDGE_WEAK = 12,
    EDGE_STACK = 13
};

enum ValueKind { VALUE_STR = 1, VALUE_BYTES = 2, VALUE_INT = 3, VALUE_FLOAT = 4 };

enum ModuleOwner { OWNER_STANDARD = 1, OWNER_BUILT_IN = 2, OWNER_DISTRIBUTION = 3, OWNER_APPLICATION = 4 };

enum SampleRow { SAMPLE_SOURCE = 1, SAMPLE_CODE = 2, SAMPLE_STACK = 3, SAMPLE_SAMPLE = 4 };

enum SampleSource { SOURCE_SAMPLER = 1, SOURCE_TRACEMALLOC = 2 };

enum RootKind { ROOT_MODULE = 1, ROOT_INTERPRETER = 2, ROOT_THREAD = 3, ROOT_THREAD_STATE = 4, ROOT_TYPE = 5 };
