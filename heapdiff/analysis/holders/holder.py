"""Where an object stands: how it is reached from a root, how that reads, and whose it is on the way."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from heapdiff.analysis.naming.paths import read_links, write_path
from heapdiff.analysis.naming.steps import Link, content_link, shape_by_type
from heapdiff.analysis.reach.routes import Routes
from heapdiff.analysis.reach.trails import Trail, find_trail
from heapdiff.answers import HolderKind, Step
from heapdiff.format import EdgeKind, RootKind, TypeFlag
from heapdiff.graph.heap import HeapGraph
from heapdiff.knowledge.filled import is_filled

OF_FRAME: Final = (EdgeKind.INTERNAL, EdgeKind.ATTRIBUTE)


@dataclass(frozen=True)
class Place:
    """An object found and how it is reached, step by step. How that reads is written when somebody asks."""

    node: int
    trail: Trail
    links: tuple[Link, ...]
    structure: bool = False  # a linked structure, named by the variable that keeps its first object

    @property
    def kind(self) -> HolderKind:
        """What kind of thing keeps it."""
        return next((link.kind for link in reversed(self.links) if link.kind is not None), HolderKind.OTHER)

    @property
    def chain(self) -> tuple[Step, ...]:
        return tuple(link.step for link in self.links)

    @cached_property
    def path(self) -> str:
        return write_path(self.links)

    @cached_property
    def masked(self) -> tuple[str, ...]:
        """Equal for places that differ only in an index or a key."""
        return tuple(link.masked for link in self.links)

    def path_with_masks(self) -> str:
        """The path with every index and key masked: it stands for all holders that differ only there."""
        return write_path(self.links, masked=True)


def place_of(routes: Routes, node: int) -> Place:
    """Where one object stands."""
    return place_at(routes, find_trail(routes, node))


def place_at(routes: Routes, trail: Trail, structure: bool = False) -> Place:
    """The place at the end of a trail."""
    graph, node = routes.graph, trail.nodes[-1]
    links = read_links(routes.homes, trail)
    shape = shape_by_type(graph, node)
    if shape is not None and shape.reads:
        links = (*links, content_link(shape, node, graph.type_name(node)))
    return Place(node, trail, links, structure)


def find_owner(graph: HeapGraph, place: Place) -> tuple[int, str]:
    """The object that has the holder, or what holds it, as its attribute, and its type's module; -1 without one."""
    node = next((node for node, _ in _owners(place)), -1)
    return node, graph.type_name(node).rpartition(".")[0] if node >= 0 else ""


def _owners(place: Place) -> Iterator[tuple[int, str]]:
    """The objects that have the holder, or what holds it, as an attribute, nearest first, and the attribute's name."""
    links = place.links
    for above, link in zip(reversed(links[:-1]), reversed(links[1:]), strict=True):
        if link.step.step == "attribute":
            yield above.node, link.step.name


def find_library(routes: Routes, place: Place) -> str:
    """The library that the holder belongs to, by import name; empty where it's the application's own.

    The nearest object that has it decides, but for those that are made to be filled by whoever has them.
    """
    for node, attribute in _owners(place):
        owner = routes.graph.type_name(node)
        if "." in owner and not is_filled(owner, attribute):
            return _name_library(routes, owner)
    root = place.trail.root
    known = root is not None and root.kind in (RootKind.MODULE, RootKind.TYPE)
    return _name_library(routes, place.path) if known else ""


def _name_library(routes: Routes, name: str) -> str:
    return name.partition(".")[0] if routes.ownership.is_library(name) else ""


def find_attribute(place: Place) -> str:
    """The name of the last attribute on the way to the holder, or nothing."""
    steps = (link.step for link in reversed(place.links))
    return next((step.name for step in steps if step.step == "attribute"), "")


def is_own(routes: Routes, place: Place) -> bool:
    """Whether the application's own code fills the holder: the nearest code or object on the way to it is the application's.

    Where the way shows neither, the path's start decides.
    """
    graph, ownership = routes.graph, routes.ownership
    if is_frame(graph, place.node):
        return ownership.is_user(code_at(routes, place.node))
    for node in reversed(place.trail.nodes[:-1]):
        if module := code_at(routes, node):
            return ownership.is_user(module)
        if ownership.is_user(graph.type_name(node).rpartition(".")[0]):
            return True
    root = place.trail.root
    if root is None or root.kind is RootKind.THREAD or place.kind is HolderKind.NATIVE:
        return False
    return ownership.is_user(root.name)


def code_at(routes: Routes, node: int) -> str:
    """The module of a function, class or running frame, or nothing."""
    graph, of, modules = routes.graph, routes.homes.of, routes.homes.modules
    if not is_frame(graph, node):
        return modules.get(int(of[node]), "")
    edges = [
        edge for edge in graph.edges(node) if edge.kind in OF_FRAME
    ]  # not its variables, whatever they are called
    known = {edge.name: edge.target if edge.name == "f_globals" else of[edge.target] for edge in edges}
    homes = (int(known.get(name, -1)) for name in ("function", "f_globals", "code"))
    return next((modules[home] for home in homes if home in modules), "")


def is_frame(graph: HeapGraph, node: int) -> bool:
    return bool(graph.types[int(graph.type_ids[node])].flags & TypeFlag.PSEUDO)
