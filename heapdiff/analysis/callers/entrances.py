"""Where an application is entered: the functions that frameworks know, and what is called that way."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from heapdiff.analysis.callers.calls_between import Calls
from heapdiff.analysis.callers.own_code import Functions
from heapdiff.analysis.witnesses.endpoints import name_endpoint
from heapdiff.answers import Entry, EntryKind
from heapdiff.format import EdgeKind
from heapdiff.knowledge.libraries.registrations import REGISTRATIONS, Registration

MOST_OBJECTS: Final = 2_000  # of one type: threads, tasks, commands
MOST_FUNCTIONS: Final = 20_000
DEEPEST: Final = 5  # decorators around a function
CONTAINERS: Final = frozenset(("dict", "list", "tuple", "set", "collections.defaultdict"))
VALUES: Final = (EdgeKind.VALUE, EdgeKind.INT_VALUE, EdgeKind.ELEMENT, EdgeKind.MEMBER)


@dataclass(frozen=True, slots=True)
class Entrance:
    """One way in: how it is called, and the functions with which it begins."""

    entry: Entry
    functions: frozenset[int]
    every_request: bool = False


def find_entrances(functions: Functions, calls: Calls) -> tuple[Entrance, ...]:
    """All of them, in the order of their names. O(n), and a little per function registered."""
    found: dict[Entry, Entrance] = {}
    for registration in REGISTRATIONS:
        for entrance in _registered(functions, calls, registration):
            known = found.get(entrance.entry, entrance)
            found[entrance.entry] = Entrance(
                entrance.entry,
                known.functions | entrance.functions,
                known.every_request or entrance.every_request,
            )
    return tuple(found[entry] for entry in sorted(found, key=lambda entry: (entry.kind.value, entry.name)))


def _registered(functions: Functions, calls: Calls, registration: Registration) -> Iterator[Entrance]:
    graph = functions.graph
    for node in functions.instances_of(registration.type)[:MOST_OBJECTS].tolist():
        value = functions.attributes(node).get(registration.attribute)
        if value is None and (kind := functions.class_of(node)) >= 0:
            value = next(
                (
                    there[registration.attribute]
                    for each in functions.order(kind)
                    if registration.attribute in (there := functions.attributes(each))
                ),
                None,
            )
        if value is None:
            continue
        for key, each in _leaves(functions, value):
            begins = _begin(functions, calls, each)
            if begins:
                every = registration.every_request and (key < 0 or graph.type_name(key) == "NoneType")
                entry = Entry(
                    registration.kind, _name(functions, registration, key, each) or functions.title(begins[0])
                )
                yield Entrance(entry, frozenset(begins), every)


def _leaves(functions: Functions, node: int) -> Iterator[tuple[int, int]]:
    """What is callable in dicts and lists, each with the first key on the way to it, or -1."""
    graph = functions.graph
    seen, waiting = {node}, deque([(-1, node)])
    for _ in range(MOST_FUNCTIONS):
        if not waiting:
            return
        key, at = waiting.popleft()
        if graph.type_name(at) not in CONTAINERS:
            yield key, at
            continue
        row = graph.row(at)
        for position in range(row.start, min(row.stop, row.start + MOST_FUNCTIONS)):
            edge = graph.edge(position)
            target = int(edge.target)
            if edge.kind in VALUES and target not in seen:
                if graph.type_name(target) in CONTAINERS:
                    seen.add(target)
                keyed = edge.kind in (EdgeKind.VALUE, EdgeKind.INT_VALUE) and key < 0
                waiting.append((int(graph.targets[position - 1]) if keyed else key, target))


def _begin(functions: Functions, calls: Calls, node: int) -> list[int]:
    """The application's functions that come first: of one that a library wrapped, those that it wraps."""
    found: list[int] = []
    seen, waiting = {node}, [node]
    for _ in range(DEEPEST):
        ahead = []
        for each in waiting:
            for function in calls.all_of(each):
                if function in functions.is_own:
                    found.append(function)
                else:
                    ahead += [kept for kept in functions.kept_by(function) if kept not in seen]
        if found:
            break
        seen.update(ahead)
        waiting = ahead
    return found


def _name(functions: Functions, registration: Registration, key: int, registered: int) -> str:
    """A view's endpoint, or the class that it was made from; empty if it's to be named by its function."""
    if registration.kind is not EntryKind.FLASK_VIEW:
        return ""
    made_from = functions.own_attributes(registered).get("view_class", -1)
    return name_endpoint(functions.graph, key) or functions.homes.class_names.get(made_from, "")
