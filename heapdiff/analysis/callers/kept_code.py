"""Which code it is that a holder newly keeps, where its entries are functions, bound methods, or generators and coroutines."""

from __future__ import annotations

from collections import Counter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.callers.own_code import Functions

RUNNING: Final = {
    "generator": "generators run",
    "coroutine": "coroutines run",
    "async_generator": "async generators run",
}
DOES: Final = {"function": "functions are", "method": "bound methods call", **RUNNING}
MOST_ASKED: Final = 256  # of the entries, spread over all
MOSTLY: Final = 0.8


def tell_code(functions: Functions, kind: str, entries: NDArray[np.int64]) -> str:
    """`All of the new functions are shop.hooks.on_view.<locals>.handler.`; empty where they differ, or are something else."""
    if kind not in DOES:
        return ""
    graph = functions.graph
    number = next(at for at, each in enumerate(graph.types) if each.name == kind)
    nodes = entries[graph.type_ids[entries] == number]
    asked = nodes[:: max(1, len(nodes) // MOST_ASKED)].tolist()
    titles = Counter(_title(functions, kind, node) for node in asked)
    title, times = titles.most_common(1)[0] if titles else ("", 0)
    if not title or times < max(2, MOSTLY * len(asked)):
        return ""
    return f"{'All' if times == len(asked) else 'Most'} of the new {DOES[kind]} {title}."


def _title(functions: Functions, kind: str, node: int) -> str:
    if kind in RUNNING:
        code = functions.code_run_by(node)
        named = functions.with_code.get(code, ())
        return functions.title(named[0]) if named else functions.graph.name_of(code) if code >= 0 else ""
    function = functions.attributes(node).get("__func__", -1) if kind == "method" else node
    known = function >= 0 and functions.is_function[function] and functions.graph.name_of(function)
    return functions.title(function) if known else ""
