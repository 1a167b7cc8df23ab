"""Finds the objects that a user names: by address, by type, by holder path. The inverse of `naming`."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.naming.paths import read_links, write_path
from heapdiff.analysis.naming.reading import read_step
from heapdiff.analysis.naming.steps import Link, shape_by_type
from heapdiff.analysis.reach.origins import Homes
from heapdiff.analysis.reach.routes import Routes
from heapdiff.analysis.reach.trails import Trail, own_text
from heapdiff.errors import UsageError
from heapdiff.format import LABEL_SHIFT, EdgeKind
from heapdiff.graph.heap import HeapGraph, Root
from heapdiff.model import NodeIndex

TOKEN: Final = re.compile(r"\.<[^>]*>|\.[^.\[<]+|\[[^\]]*\]")
MOST_MATCHES: Final = 10_000
BOUNDARY: Final = re.compile(r"[.\[]")
INDEXED: Final = (EdgeKind.ELEMENT, EdgeKind.VALUE, EdgeKind.INT_VALUE)
CONTINUED: Final = {"__dict__": 1, "__closure__": 2, "__defaults__": 1, "__kwdefaults__": 1}


def find_objects(routes: Routes, what: str) -> NDArray[np.int64]:
    """The objects that `what` names: an address, a type's name or its last part, or a holder path.

    Raises UsageError with what comes near when nothing has that name.
    """
    graph = routes.graph
    if re.fullmatch(r"0[xX][0-9a-fA-F]+", what):
        node = graph.index_of(int(what, 16))
        if node < 0:
            raise UsageError(
                f"{what}: no object at this address", "Addresses hold for one process and one snapshot."
            )
        return np.array([node], np.int64)
    exact = find_type(graph, what)
    if len(exact):
        return exact
    try:
        return np.array(resolve_holder(routes, what), np.int64)
    except UsageError:
        named = [kind.name for kind in graph.types if kind.name.rpartition(".")[2] == what]
        found = [objects for name in sorted(set(named)) if len(objects := find_type(graph, name))]
        if len(found) == 1:
            return found[0]
        raise


def find_type(graph: HeapGraph, name: str) -> NDArray[np.int64]:
    """All objects of the types with this full name."""
    chosen = [number for number, kind in enumerate(graph.types) if kind.name == name]
    return np.flatnonzero(np.isin(graph.type_ids, chosen)) if chosen else np.zeros(0, np.int64)


def resolve_holder(routes: Routes, path: str) -> tuple[NodeIndex, ...]:
    """The objects at a holder path; several when keys in it are masked. Raises UsageError with near paths."""
    found, furthest = _walk(routes, path)
    if found:
        return found
    raise UsageError(f"{path}: no such type or holder in this snapshot", _hint(routes, path, *furthest))


def _walk(routes: Routes, path: str) -> tuple[tuple[NodeIndex, ...], tuple[str, list[Trail]]]:
    """Where a path leads, or else the furthest that it leads to."""
    furthest: tuple[str, list[Trail]] = ("", [])
    for prefix, start in _starts(routes, path):
        reached, trails = prefix, [start]
        for token in TOKEN.findall(path[len(prefix) :]):
            following = [each for trail in trails for each in _follow(routes.homes, trail, token)]
            if not following:
                break
            reached, trails = reached + token, following[:MOST_MATCHES]
        if reached == path:
            return tuple(dict.fromkeys(NodeIndex(trail.nodes[-1]) for trail in trails)), furthest
        if len(reached) > len(furthest[0]):
            furthest = (reached, trails)
    return (), furthest


def _starts(routes: Routes, path: str) -> Iterator[tuple[str, Trail]]:
    """Every root and class whose own path begins the given one, the longest first."""
    if not routes.named_starts:
        for name, node, root in _name_starts(routes):
            routes.named_starts.setdefault(name, []).append((node, root))
    for end in (len(path), *(found.start() for found in reversed(list(BOUNDARY.finditer(path))))):
        for node, root in routes.named_starts.get(path[:end], ()):
            yield path[:end], Trail(root, (node,), ())


def _name_starts(routes: Routes) -> Iterator[tuple[str, int, Root | None]]:
    graph = routes.graph
    starts: list[tuple[int, Root | None]] = [(int(root.node), root) for root in graph.roots]
    starts += [(node, None) for node, (_, root) in routes.starts.items() if root is None]
    for node, root in starts:
        text = write_path(read_links(routes.homes, Trail(root, (node,), ())))
        for name in {text, root.name if root is not None and root.name else text}:
            yield name, node, root
    for node, name in routes.homes.class_names.items():
        yield name, node, None


def _follow(homes: Homes, trail: Trail, token: str) -> Iterator[Trail]:
    """The trails one step further that read as the token does."""
    shape = shape_by_type(homes.graph, trail.nodes[-1])
    if shape is not None and shape.reads and token == f".{shape.reads}":
        yield trail
        return
    steps = _steps_from(homes, trail.nodes[-1], token)
    found = [longer for longer, link in steps if token in (link.text, link.masked_text)]
    whole = max((len(longer.edges) for longer in found), default=0)  # a closure's content, not its cell
    for longer in found:
        if len(longer.edges) == whole:
            yield replace(trail, nodes=(*trail.nodes, *longer.nodes[1:]), edges=(*trail.edges, *longer.edges))


def _steps_from(homes: Homes, node: int, token: str = "") -> Iterator[tuple[Trail, Link]]:
    """Each way one step on from an object, and how it reads; with a token, at least those that read like that."""
    for longer in _extend(homes.graph, Trail(None, (node,), ()), token):
        link = read_step(homes, longer, 0)
        if link.references == len(longer.edges):
            yield longer, link


def _extend(graph: HeapGraph, trail: Trail, token: str, more: int = 0) -> Iterator[Trail]:
    """All trails that are one step longer, where a step may be several references: `more` after the first."""
    shape = shape_by_type(graph, trail.nodes[-1])
    unnamed = shape.references - 1 if shape is not None else 0
    for position in _positions(graph, trail, token, not more):
        edge = graph.edge(position)
        longer = trail.extended(position, int(edge.target))
        yield longer
        if edge.kind is EdgeKind.ATTRIBUTE and edge.name == "__func__" and not more:
            yield from _extend(graph, longer, token)
        follow = more - 1
        if not more:
            follow = CONTINUED.get(edge.name, 0) if edge.kind is EdgeKind.ATTRIBUTE else unnamed
        if follow > 0:
            yield from _extend(graph, longer, token, follow)


def _positions(graph: HeapGraph, trail: Trail, token: str, first: bool) -> list[int]:
    """The references with which a step may go on that reads as the token does: of a long container these are few."""
    row = graph.row(trail.nodes[-1])
    kinds = graph.labels[row] >> LABEL_SHIFT
    chosen = kinds != EdgeKind.WEAK
    if token and first:
        chosen &= np.isin(kinds, INDEXED) == token.startswith("[")
    positions: list[int] = (row.start + np.flatnonzero(chosen)).tolist()
    if token and not first and graph.edge(trail.edges[-1]).name == "__dict__":
        return [position for position in positions if token == f".{own_text(graph, position)}"]
    return positions


def _hint(routes: Routes, path: str, reached: str, trails: Sequence[Trail]) -> str:
    graph = routes.graph
    if reached:
        texts = {
            reached + link.text
            for trail in trails[:20]
            for _, link in _steps_from(routes.homes, trail.nodes[-1])
        }
        near = get_close_matches(
            path, sorted(text for text in texts if ".<key>" not in text), n=3, cutoff=0.5
        )
        known = f"{reached} is there"
        return f"{known}; did you mean {' or '.join(near)}?" if near else f"{known}, but not what follows it."
    names = sorted({kind.name for kind in graph.types} | {root.name for root in graph.roots})
    near = get_close_matches(path, names, n=3, cutoff=0.6)
    last = {name.rpartition(".")[2]: name for name in reversed(names)}
    near += [last[part] for part in get_close_matches(path, sorted(last), n=3, cutoff=0.6)]
    if near:
        return f"Did you mean {' or '.join(list(dict.fromkeys(near))[:3])}?"
    return "Name a type, 0xADDRESS or a holder path; `heapdiff show` lists the types."
