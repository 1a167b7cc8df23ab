"""Graphs in, frozen findings out: comparison, paths, pictures, inventories. No I/O, no clock, no printing."""

from __future__ import annotations

from heapdiff.analysis.breakdown import take_inventory
from heapdiff.analysis.comparison import compare
from heapdiff.analysis.picture import build_picture
from heapdiff.analysis.reasons import explain
from heapdiff.analysis.tree import build_tree

__all__ = ["build_picture", "build_tree", "compare", "explain", "take_inventory"]
