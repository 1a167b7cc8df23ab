"""Graphs in, frozen findings out: comparison, paths, pictures, inventories. No I/O, no clock, no printing."""

from heapdiff.analysis.comparison.processes import compare_processes
from heapdiff.analysis.queries.inventory import take_inventory
from heapdiff.analysis.queries.newcomers import list_newcomers
from heapdiff.analysis.queries.picture import build_picture
from heapdiff.analysis.queries.tree import build_tree
from heapdiff.analysis.queries.why import explain
from heapdiff.analysis.waste.advising import advise
from heapdiff.analysis.waste.concerning import compare, compare_and_draw

__all__ = [
    "advise",
    "build_picture",
    "build_tree",
    "compare",
    "compare_and_draw",
    "compare_processes",
    "explain",
    "list_newcomers",
    "take_inventory",
]
