"""Whose a holder is: the application's, or the test's and its tools'. The nearest code or object on the way to it decides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from heapdiff.analysis.growth.attribution import Growth
from heapdiff.analysis.holders.holder import code_at, is_frame, place_of
from heapdiff.analysis.reach.routes import Routes
from heapdiff.answers import Suspect

TRANSPARENT: Final = frozenset(
    ("generator", "coroutine", "async_generator")
)  # a fixture is one, and pytest's
MOST_REFERRERS: Final = 32
CONTAINERS: Final = frozenset(("cell", "dict", "list", "tuple"))


@dataclass(frozen=True, slots=True)
class Test:
    """The tools' modules, and the function that is the test."""

    __test__ = False
    machinery: tuple[str, ...]
    module: str
    function: str

    def owns(self, module: str) -> bool:
        return any(module == tool or module.startswith(f"{tool}.") for tool in self.machinery)


def is_the_tests(routes: Routes, node: int, test: Test) -> bool:
    """Whether the test or its tools have an object: not what the application has, also where a fixture made that."""
    place = place_of(routes, node)
    for at in reversed(place.trail.nodes):
        if _is_frame_of(routes, at, test):
            return True
        for module in _modules_at(routes, at):
            if test.owns(module):
                return True
            if not _is_neutral(routes, module):
                return at != node and _is_lent(routes, node, test)
    root = place.trail.root
    return (root is not None and test.owns(root.name)) or _is_lent(routes, node, test)


def shorten_path(suspect: Suspect, test: Test) -> Suspect:
    """From the object that the test made, where the way to it goes through pytest: how pytest keeps it is nobody's business."""
    chain = suspect.chain
    last = max((at for at, step in enumerate(chain) if test.owns(step.type.rpartition(".")[0])), default=-1)
    start = next((at for at, step in enumerate(chain) if at > last and "." in step.type), -1)
    if last < 0 or start < 0:
        return suspect
    rest = "".join(step.name if step.name.startswith("[") else f".{step.name}" for step in chain[start + 1 :])
    kind = chain[start].type.rpartition(".")[2]
    made = replace(chain[start], step="fixture", name=kind)
    holder = replace(suspect.holder, path=f"<{kind}>{rest}")
    return replace(suspect, holder=holder, chain=(made, *chain[start + 1 :]))


def sum_growth(routes: Routes, growth: Growth, test: Test) -> int:
    """Bytes of what is newly kept, but for what the test and its tools keep."""
    total = 0
    for number, group in enumerate(growth.groups):
        if group.bytes <= 0:
            continue
        nodes = [group.keeper] if group.keeper >= 0 else growth.entries([number]).tolist()[:1]
        if any(not is_the_tests(routes, node, test) for node in nodes):
            total += group.bytes
    return total


def _modules_at(routes: Routes, node: int) -> Iterator[str]:
    """The module of the code that an object is, or that its class is in; nothing for plain containers."""
    graph = routes.graph
    kind = graph.type_name(node)
    if kind in TRANSPARENT:
        return
    if module := code_at(routes, node):
        yield module
    elif "." in kind:
        yield kind.rpartition(".")[0]


def _is_neutral(routes: Routes, module: str) -> bool:
    """The standard library's objects are whoever's they are in."""
    return not (routes.ownership.is_user(module) or routes.ownership.is_framework(module))


def _is_frame_of(routes: Routes, node: int, test: Test) -> bool:
    graph = routes.graph
    return (
        is_frame(graph, node)
        and graph.name_of(node) == test.function
        and code_at(routes, node) == test.module
    )


def _is_lent(routes: Routes, node: int, test: Test) -> bool:
    """Whether it is a variable of the test, or the value of a fixture, that the application was only given to fill.

    What a module, a class or an object of the application has under a name is the application's.
    """
    sources = _referrers(routes, node)
    if any(routes.homes.is_namespace[source] for source in sources):
        return False
    return any(
        _is_frame_of(routes, source, test)
        or test.owns(_module_of_code(routes, source))
        or (
            routes.graph.type_name(source) in CONTAINERS
            and any(
                _is_frame_of(routes, above, test)
                or test.owns(_module_of_code(routes, above))
                or test.owns(_module_of_type(routes, above))
                for above in _referrers(routes, source)
            )
        )
        for source in sources
    )


def _referrers(routes: Routes, node: int) -> list[int]:
    turned = routes.graph.referrers
    row = turned.row(node)
    found: list[int] = turned.sources[row][:MOST_REFERRERS].tolist()
    return found


def _module_of_type(routes: Routes, node: int) -> str:
    return routes.graph.type_name(node).rpartition(".")[0]


def _module_of_code(routes: Routes, node: int) -> str:
    """Of a generator, too, as what `with` enters often is one."""
    graph = routes.graph
    if graph.type_name(node) in TRANSPARENT:
        node = next((edge.target for edge in graph.edges(node) if edge.name == "function"), node)
    return code_at(routes, node)
