"""The built-in containers, for the `gc` engine: keys, values, indexes, read without a subclass's methods."""

from collections import deque
from collections.abc import Iterable
from typing import Any, Final

from heapdiff.agent.engines.gc.shapes import Referents, Shape, Walker, label_others
from heapdiff.agent.engines.gc.types import TypeFacts
from heapdiff.agent.writing.record import Record
from heapdiff.format import GroupKind

MAXLEN: Final = deque.__dict__["maxlen"].__get__
SMALL_INT: Final = 1 << 60  # as far as the native engine reads integers


def label_dict(walk: Walker, record: Record, found: dict[Any, Any], _facts: TypeFacts) -> int:
    items, int_items = [], []
    target = walk.target
    for key, value in dict.items(found):
        if type(key) is int and -SMALL_INT < key < SMALL_INT:
            int_items.append((key, target(key), target(value)))
        else:
            items.append((target(key), target(value)))
    if items:
        record.items(items)
    if int_items:
        record.int_items(int_items)
    return 0


def label_list(walk: Walker, record: Record, found: list[Any], _facts: TypeFacts) -> int:
    if targets := walk.targets(list.__iter__(found)):
        record.elements(targets)
    return 0


def label_tuple(walk: Walker, record: Record, found: tuple[Any, ...], _facts: TypeFacts) -> int:
    if targets := walk.targets(tuple.__iter__(found)):
        record.elements(targets)
    return 0


def label_set(walk: Walker, record: Record, found: set[Any], _facts: TypeFacts) -> int:
    if targets := walk.targets(set.__iter__(found)):
        record.bare(GroupKind.MEMBERS, targets)
    return 0


def label_frozenset(walk: Walker, record: Record, found: frozenset[Any], _facts: TypeFacts) -> int:
    if targets := walk.targets(frozenset.__iter__(found)):
        record.bare(GroupKind.MEMBERS, targets)
    return 0


def label_deque(walk: Walker, record: Record, found: deque[Any], _facts: TypeFacts) -> int:
    most = MAXLEN(found)
    if most is not None:
        walk.bound(found, most)
    if targets := walk.targets(deque.__iter__(found)):
        record.elements(targets)
    return 0


def contents(found: Any, base: type) -> Iterable[object]:
    """What a built-in container holds, read without the subclass's own methods."""
    if base is not dict:
        return base.__iter__(found)  # type: ignore[attr-defined, no-any-return]
    return (part for item in dict.items(found) for part in item)


def extend(shape: Shape, base: type) -> Shape:
    """The shape of a subclass of a built-in container: its contents, then what the subclass adds."""

    def label(walk: Walker, record: Record, found: Any, facts: TypeFacts) -> int:
        referents = Referents(found, facts)
        for each in contents(found, base):
            referents.take(each)
        shape(walk, record, found, facts)
        label_others(walk, record, found, facts, referents)
        return 0

    return label


CONTAINERS: Final[dict[type, Shape]] = {
    dict: label_dict,
    list: label_list,
    tuple: label_tuple,
    set: label_set,
    frozenset: label_frozenset,
    deque: label_deque,
}
