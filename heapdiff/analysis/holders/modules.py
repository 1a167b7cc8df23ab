"""Modules: which of them the import system made, and where all of them are noted. Reads no path."""

from heapdiff.analysis.holders.shapes import attributes_of
from heapdiff.analysis.reach.namespaces import MODULE_SPEC, is_module_table
from heapdiff.graph.heap import HeapGraph


def is_imported(graph: HeapGraph, module: int) -> bool:
    """Whether the import system made a module: it has a spec, and that says who loaded it.

    One that somebody made by hand has no spec, or one without a loader: it is data like any other.
    """
    spec = attributes_of(graph, module).get("__spec__", -1)
    if spec < 0 or graph.type_name(spec) != MODULE_SPEC:
        return False
    loader = attributes_of(graph, spec).get("loader", -1)
    return loader < 0 or graph.type_name(loader) != "NoneType"


def find_module_table(graph: HeapGraph) -> int:
    """`sys.modules`, or -1."""
    return next((int(root.node) for root in graph.roots if is_module_table(root)), -1)
