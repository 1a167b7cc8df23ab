"""Finds the objects that a user names: by address, by type, by holder path. The inverse of `naming`."""

import re
from difflib import get_close_matches
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.holders.following import steps_from
from heapdiff.analysis.holders.walking import CUT, Walk, find_cut_off, walk
from heapdiff.analysis.reach.routes import Routes
from heapdiff.errors import UsageError
from heapdiff.graph.heap import HeapGraph
from heapdiff.model import NodeIndex

MOST_STEPS: Final = 2_000


def find_objects(routes: Routes, what: str) -> NDArray[np.int64]:
    """The objects that `what` names: an address, a type's name or its last part, or a holder path.

    Raises UsageError with what comes near when nothing has that name.
    """
    graph = routes.graph
    if re.fullmatch(r"0[xX][0-9a-fA-F]+", what):
        node = graph.index_of(int(what, 16))
        if node < 0:
            raise UsageError(
                f"{what}: no object at this address",
                "An address is valid only for the snapshot that it was printed for.",
            )
        return np.array([node], np.int64)
    exact = find_type(graph, what)
    if len(exact):
        return exact
    try:
        return _find_at(routes, what)
    except UsageError:
        named = [kind.name for kind in graph.types if kind.name.rpartition(".")[2] == what]
        found = [objects for name in sorted(set(named)) if len(objects := find_type(graph, name))]
        if len(found) == 1:
            return found[0]
        raise


def find_type(graph: HeapGraph, name: str) -> NDArray[np.int64]:
    """All objects of the types with this full name."""
    return graph.of_types([number for number, kind in enumerate(graph.types) if kind.name == name])


def resolve_holder(routes: Routes, path: str) -> tuple[NodeIndex, ...]:
    """The objects at a holder path; several where keys in it are masked or steps left out.

    Every path that is printed leads at least to what it was printed for. Raises UsageError with near paths.
    """
    return tuple(NodeIndex(node) for node in _find_at(routes, path).tolist())


def _find_at(routes: Routes, path: str) -> NDArray[np.int64]:
    """The same as an array: there may be millions."""
    walked = walk(routes, path)
    found = walked.found if len(walked.found) else find_cut_off(routes, path)
    if len(found):
        return found
    raise UsageError(f"{path}: no such type or holder in this snapshot", _hint(routes, path, walked))


def _hint(routes: Routes, path: str, walked: Walk) -> str:
    graph, reached = routes.graph, walked.reached
    if CUT.search(path):
        return "The path was shortened to fit the line: --format json or a wider terminal shows all of it."
    if reached:
        steps = (step for node in walked.there[:20].tolist() for step in steps_from(routes.homes, node))
        texts = {reached + link.text for _, link in islice(steps, MOST_STEPS)}
        near = get_close_matches(
            path, sorted(text for text in texts if ".<key>" not in text), n=3, cutoff=0.5
        )
        known = f"{reached} exists"
        return (
            f"{known}; did you mean {' or '.join(near)}?"
            if near
            else f"{known}, but the rest of the path doesn't."
        )
    names = sorted({kind.name for kind in graph.types} | {root.name for root in graph.roots})
    near = get_close_matches(path, names, n=3, cutoff=0.6)
    last = {name.rpartition(".")[2]: name for name in reversed(names)}
    near += [last[part] for part in get_close_matches(path, sorted(last), n=3, cutoff=0.6)]
    if near:
        return f"Did you mean {' or '.join(list(dict.fromkeys(near))[:3])}?"
    return "Give a type, 0xADDRESS or a holder path; `heapdiff show` lists the types."
