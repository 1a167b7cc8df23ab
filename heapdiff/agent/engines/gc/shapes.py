"""What labelling an object needs: its references as the collector sees them, and which of them have names."""

import gc
from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol

from heapdiff.agent.engines.gc.types import MRO, NAMESPACE, TypeFacts, get_own_attribute
from heapdiff.agent.writing.record import Record
from heapdiff.format import EdgeKind, GroupKind

KEYS_TO_CHECK: Final = 3


class Walker(Protocol):
    """What a shape needs of the walk."""

    def target(self, found: object, /) -> int: ...
    def targets(self, found: Iterable[object], /) -> list[int]: ...
    def name(self, text: object, /) -> int: ...
    def code_name(self, text: object, /) -> int: ...
    def learn_name(self, text: object, /) -> int: ...
    def layout(self, entries: list[tuple[EdgeKind, str]], /) -> int: ...
    def find_dict(self, found: object, /) -> dict[Any, Any] | None: ...
    def learn_namespace(self, namespace: dict[Any, Any], /) -> None: ...
    def bound(self, found: object, most: int, /) -> None: ...
    def fact(self, found: object, name: str, number: int, /) -> None: ...


Shape = Callable[[Walker, Record, Any, TypeFacts], int]


class Referents:
    """What the collector sees an object refer to, given out one reference at a time."""

    __slots__ = ("counts", "found")

    def __init__(self, owner: object, facts: TypeFacts) -> None:
        self.found = gc.get_referents(owner)
        self.counts: dict[int, int] = {}
        for each in self.found:
            self.counts[id(each)] = self.counts.get(id(each), 0) + 1
        if facts.is_heap:
            self.take(type(owner))

    def take(self, target: object) -> bool:
        """Whether there is (still) such a reference; it is then used up."""
        left = self.counts.get(id(target), 0)
        if left:
            self.counts[id(target)] = left - 1
        return left > 0

    def rest(self) -> list[object]:
        return [each for each in self.found if self.take(each)]


def label_others(walk: Walker, record: Record, found: object, facts: TypeFacts, referents: Referents) -> None:
    """Members, inline attributes and the instance's dict by name, then everything else without one."""
    if not referents.found:
        return
    named = []
    hidden = walk.find_dict(found)
    if hidden is not None:
        named.append((walk.name("__dict__"), walk.target(hidden)))
        walk.learn_namespace(hidden)
        referents.take(hidden)  # from 3.14 on traversal leads to it as well as to its values
        for value in dict.values(hidden):
            referents.take(value)
    for name, value in facts.attributes(found):
        if referents.take(value):
            named.append((walk.name(name), walk.target(value)))
    rest = referents.rest()
    if facts.has_instance_dict:
        own = next((each for each in rest if type(each) is dict and is_instance_dict(found, each)), None)
        if own is not None:
            rest = [each for each in rest if each is not own]
            named.append((walk.name("__dict__"), walk.target(own)))
            walk.learn_namespace(own)
    if named:
        record.named(EdgeKind.ATTRIBUTE, named)
    if rest:
        record.bare(GroupKind.UNNAMED, walk.targets(rest))


def is_instance_dict(owner: object, candidate: dict[Any, Any]) -> bool:
    """Whether a dict is the one behind an instance's attributes, judged by a few of them.

    Asking for `__dict__` would create one.
    """
    order, checked = MRO(type(owner)), 0
    for name, value in dict.items(candidate):
        if type(name) is not str:
            return False
        if any(name in NAMESPACE(base) for base in order):
            continue
        try:
            if get_own_attribute(owner, name) is not value:
                return False
        except AttributeError:
            return False
        checked += 1
        if checked == KEYS_TO_CHECK:
            break
    return checked > 0
