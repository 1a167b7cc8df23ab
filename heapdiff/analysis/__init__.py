"""Graphs in, frozen findings out: comparison, paths, pictures, inventories. No I/O, no clock, no printing.

Each question is imported when it's asked: all of them take longer to import than a small comparison takes.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from heapdiff.analysis.comparison.processes import compare_processes
    from heapdiff.analysis.owner_map.mapping import map_owners
    from heapdiff.analysis.queries.inventory import take_inventory
    from heapdiff.analysis.queries.newcomers import list_newcomers
    from heapdiff.analysis.queries.picture import build_picture
    from heapdiff.analysis.queries.tree import build_tree
    from heapdiff.analysis.queries.why import explain
    from heapdiff.analysis.reporting import build_report, compare_and_report
    from heapdiff.analysis.waste.advising import advise
    from heapdiff.analysis.waste.concerning import compare

__all__ = [
    "advise",
    "build_picture",
    "build_report",
    "build_tree",
    "compare",
    "compare_and_report",
    "compare_processes",
    "explain",
    "list_newcomers",
    "map_owners",
    "take_inventory",
]

PLACES: Final = {
    "advise": "waste.advising",
    "build_picture": "queries.picture",
    "build_report": "reporting",
    "build_tree": "queries.tree",
    "compare": "waste.concerning",
    "compare_and_report": "reporting",
    "compare_processes": "comparison.processes",
    "explain": "queries.why",
    "list_newcomers": "queries.newcomers",
    "map_owners": "owner_map.mapping",
    "take_inventory": "queries.inventory",
}


def __getattr__(name: str) -> Any:
    if name not in PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{PLACES[name]}"), name)
