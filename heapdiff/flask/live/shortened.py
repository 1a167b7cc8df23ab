"""What can be said about a living object without running code of the application: its type, size, length, and a capped value."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from itertools import islice
from types import FunctionType, MappingProxyType, MethodDescriptorType, ModuleType
from typing import Any, Final

from heapdiff.agent.system.code_names import HIDDEN, is_code_name

SURROGATE: Final = re.compile("[\ud800-\udfff]")  # in no file and no link
TEXT_MOST: Final = 80
NAME_MOST: Final = 200
ITEMS_MOST: Final = 6
DEPTH_MOST: Final = 2
HEADER_BYTES: Final = 16
HEADERS: Final = (
    1 << 14,
    1 << 3 | 1 << 4,
)  # what stands before an object: the collector's; its dict's and weak references'
MADE_BY_PYTHON: Final = 1 << 9
TEXTS: Final = (str, bytes, bytearray)
SEQUENCES: Final[dict[type, tuple[str, str]]] = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    set: ("{", "}"),
    frozenset: ("{", "}"),
    deque: ("[", "]"),
}
# types are told by their numbers: comparing or hashing one may run code of its metaclass
PLAIN_IDS: Final = frozenset(map(id, (int, float, complex, bool, type(None))))
TEXT_IDS: Final = frozenset(map(id, TEXTS))
CODE_IDS: Final = frozenset(map(id, (FunctionType, ModuleType, type)))
BRACKETS: Final = {id(kind): ends for kind, ends in SEQUENCES.items()}
SIZED: Final[Mapping[int, Any]] = {id(kind): kind for kind in (dict, *SEQUENCES, *TEXTS)}

_module_of = type.__dict__["__module__"].__get__
_qualname_of = type.__dict__["__qualname__"].__get__
_name_of = type.__dict__["__name__"].__get__
_flags_of = type.__dict__["__flags__"].__get__
mro_of = type.__dict__["__mro__"].__get__
namespace_of = type.__dict__["__dict__"].__get__


def type_name(kind: type, values: bool = True) -> str:
    """As snapshots have it: `module.qualname`, builtins without their module. Asks no metaclass.

    Without `values`, what no code calls a class or its module, and so may be data, is hidden as it is there.
    """
    module, name = _module_of(kind), str.__str__(_qualname_of(kind))
    named = type(module) is str and module not in ("", "builtins")
    if not values and is_made_by_python(kind):
        module, name = (
            part if type(part) is str and is_code_name(part) else HIDDEN for part in (module, name)
        )
    return SURROGATE.sub("\ufffd", f"{module}.{name}" if named else name)[:NAME_MOST]


def is_made_by_python(kind: Any) -> bool:
    """Whether it's a class, and not a struct of C code, which may be called anything."""
    return bool(_flags_of(kind) & MADE_BY_PYTHON)


def parts_of_name(kind: Any) -> list[str]:
    """All that a class and its module are called."""
    parts = _module_of(kind), _qualname_of(kind), _name_of(kind)
    return [str.__str__(part) for part in parts if isinstance(part, str)]


def shallow_bytes(thing: object) -> int:
    """By the size that C code states for its nearest base; a `__sizeof__` in Python isn't asked."""
    for base in mro_of(type(thing)):
        size = namespace_of(base).get("__sizeof__")
        if type(size) is MethodDescriptorType:
            return int(size(thing)) + sum(HEADER_BYTES for flag in HEADERS if flag & _flags_of(type(thing)))
    return 0


def length_of(thing: object) -> int | None:
    """How many entries a builtin container, or what derives from one, really has."""
    known = (SIZED[id(base)] for base in mro_of(type(thing)) if id(base) in SIZED)
    return next((int(kind.__len__(thing)) for kind in known), None)


def shorten(thing: object, depth: int = 0) -> str:
    """A value on one line: of builtin types, and of other objects what their attributes hold. Up to a few hundred characters."""
    kind = type(thing)
    if id(kind) in PLAIN_IDS:
        return _plain(thing)
    if id(kind) in TEXT_IDS:
        return _text(thing)  # type: ignore[arg-type]
    if id(kind) in CODE_IDS:
        return f"<{kind.__name__} {known_name(thing)}>"
    if depth >= DEPTH_MOST:
        return "…"
    if id(kind) in BRACKETS:
        opening, closing = BRACKETS[id(kind)]
        return opening + _listed(shorten(each, depth + 1) for each in _first(thing)) + closing
    if kind is dict or kind is MappingProxyType:
        return "{" + _listed(_pairs(thing, depth)) + "}"  # type: ignore[arg-type]
    inner = attributes_of(thing)
    shown = _listed(f"{_named(name)}={shorten(value, depth + 1)}" for name, value in _first_items(inner))
    return f"<{type_name(kind)}{' ' if shown else ''}{shown}>"


def known_name(thing: object, values: bool = True) -> str:
    """What code calls a module, a function or a class; without `values` nothing that may be data."""
    if type(thing) is type:
        return type_name(thing, values)
    if type(thing) is ModuleType:
        name = ModuleType.__getattribute__(thing, "__dict__").get("__name__")
    else:
        name = thing.__qualname__ if type(thing) is FunctionType else None
    return name[:NAME_MOST] if type(name) is str and (values or is_code_name(name)) else ""


def attributes_of(thing: object) -> Mapping[str, object]:
    """The instance's dict, where it has one by the usual way."""
    for base in mro_of(type(thing)):
        found = namespace_of(base).get("__dict__")
        if found is not None:
            if type(found) is not _DICT_DESCRIPTOR:
                return {}
            held = found.__get__(thing)
            return held if type(held) is dict else {}
    return {}


class _Sample:
    pass


_DICT_DESCRIPTOR: Final = type(_Sample.__dict__["__dict__"])


def _plain(thing: object) -> str:
    if type(thing) is int and thing.bit_length() > 256:
        return f"<int of {thing.bit_length():,} bits>"
    return repr(thing)


def _text(thing: str | bytes | bytearray) -> str:
    shown = repr(thing[:TEXT_MOST])
    return shown if len(thing) <= TEXT_MOST else f"{shown}… ({len(thing):,} in all)"


def _first(thing: Any) -> Iterator[object]:
    return islice(iter(thing), ITEMS_MOST + 1)


def _first_items(held: Mapping[Any, object]) -> Iterator[tuple[Any, object]]:
    return islice(iter(held.items()), ITEMS_MOST + 1)


def _pairs(held: Mapping[Any, object], depth: int) -> Iterator[str]:
    return (f"{shorten(key, depth + 1)}: {shorten(value, depth + 1)}" for key, value in _first_items(held))


def _named(name: object) -> str:
    return name[:TEXT_MOST] if type(name) is str else "…"


def _listed(shown: Iterator[str]) -> str:
    parts = list(shown)
    return ", ".join([*parts[:ITEMS_MOST], "…"] if len(parts) > ITEMS_MOST else parts)
