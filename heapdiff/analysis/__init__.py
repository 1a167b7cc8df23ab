"""Graphs in, frozen findings out: comparison, paths, pictures, inventories. No I/O, no clock, no printing."""

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
