"""The numbers and names of V8's `.heapsnapshot`, as Chromium 156 and memlab 2.0.5 read it. Knows no heap.

All numbers in it are unsigned and of 32 bits. `nodes` comes right after `snapshot`, and `strings` last, for memlab.
"""

from __future__ import annotations

import json
from enum import IntEnum
from typing import Final

from heapdiff.format import EdgeKind, RootKind


class NodeType(IntEnum):
    """Of these only `object` and `native` are told apart by their names in the Memory panel."""

    OBJECT = 3
    SYNTHETIC = 9


class EdgeType(IntEnum):
    CONTEXT = 0
    ELEMENT = 1
    PROPERTY = 2
    INTERNAL = 3
    WEAK = 6


NODE_FIELDS: Final = ("type", "name", "id", "self_size", "edge_count", "trace_node_id", "detachedness")
NODE_TYPES: Final = (
    "hidden", "array", "string", "object", "code", "closure", "regexp", "number", "native", "synthetic",
    "concatenated string", "sliced string", "symbol", "bigint", "object shape",
)  # fmt: skip
EDGE_FIELDS: Final = ("type", "name_or_index", "to_node")
EDGE_TYPES: Final = ("context", "element", "property", "internal", "hidden", "shortcut", "weak")
MOST: Final = 2**32 - 1  # a larger size is written as this one
MOST_INDEX: Final = 2**31 - 1
RESERVED_IDS: Final = 32  # times two: the root, and what stands between it and the objects

TYPE_OF_REFERENCE: Final = {
    EdgeKind.UNNAMED: EdgeType.INTERNAL,
    EdgeKind.ELEMENT: EdgeType.ELEMENT,
    EdgeKind.KEY: EdgeType.INTERNAL,
    EdgeKind.VALUE: EdgeType.PROPERTY,
    EdgeKind.INT_VALUE: EdgeType.ELEMENT,
    EdgeKind.ATTRIBUTE: EdgeType.PROPERTY,
    EdgeKind.LOCAL: EdgeType.CONTEXT,
    EdgeKind.CELL: EdgeType.CONTEXT,
    EdgeKind.FREE: EdgeType.CONTEXT,
    EdgeKind.MEMBER: EdgeType.PROPERTY,
    EdgeKind.INTERNAL: EdgeType.INTERNAL,
    EdgeKind.TYPE: EdgeType.INTERNAL,
    EdgeKind.WEAK: EdgeType.WEAK,  # the only one that keeps nothing
    EdgeKind.STACK: EdgeType.INTERNAL,
}
ROOT: Final = ""
ALL_ROOTS: Final = "(GC roots)"
GROUPS: Final = {
    RootKind.MODULE: "(modules)",
    RootKind.INTERPRETER: "(interpreter)",
    RootKind.THREAD: "(thread stacks)",
    RootKind.THREAD_STATE: "(thread states)",
    RootKind.TYPE: "(static types)",
}
NATIVE: Final = "(native code)"


def head(nodes: int, edges: int) -> str:
    """All that comes before the rows of nodes."""
    meta = {
        "node_fields": NODE_FIELDS,
        "node_types": [NODE_TYPES, "string", "number", "number", "number", "number", "number"],
        "edge_fields": EDGE_FIELDS,
        "edge_types": [EDGE_TYPES, "string_or_number", "node"],
        "trace_function_info_fields": (
            "function_id", "name", "script_name", "script_id", "line", "column",
        ),
        "trace_node_fields": ("id", "function_info_index", "count", "size", "children"),
        "sample_fields": ("timestamp_us", "last_assigned_id"),
        "location_fields": ("object_index", "script_id", "line", "column"),
    }  # fmt: skip
    snapshot = {"meta": meta, "node_count": nodes, "edge_count": edges, "trace_function_count": 0}
    return f'{{"snapshot":{json.dumps(snapshot, separators=(",", ":"))},\n"nodes":['


EDGES: Final = '],\n"edges":['
STRINGS: Final = (
    '],\n"trace_function_infos":[],\n"trace_tree":[],\n"samples":[],\n"locations":[],\n"strings":['
)
END: Final = "]}\n"
