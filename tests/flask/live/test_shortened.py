"""What is said about an object runs none of its code and stays short."""

from __future__ import annotations

import sys
from collections import OrderedDict
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from heapdiff.flask.apart.forked import Limits, ask_child
from heapdiff.flask.live.living import edge_label, show_object
from heapdiff.flask.live.partitions import hide, list_hidden_names
from heapdiff.flask.live.picturing import describe_referrers, has_method
from heapdiff.flask.live.shortened import (
    attributes_of,
    known_name,
    length_of,
    shallow_bytes,
    shorten,
    type_name,
)


class Touchy:
    """Any of its code that runs is an error."""

    __slots__ = ("__dict__", "inner")

    def _refuse(self, *_: object) -> Any:
        raise AssertionError("code of the application ran")

    __repr__ = __str__ = __len__ = __iter__ = __getattribute__ = __hash__ = __eq__ = __bool__ = __sizeof__ = (
        _refuse
    )


class TouchyKey(str):
    __hash__ = str.__hash__
    __eq__ = Touchy._refuse


def touchy_things() -> dict[str, Any]:
    """Objects whose classes are touchy, too: any code of a metaclass that runs is an error. Not for pytest to look at."""

    def refuse(*_: object) -> Any:
        raise AssertionError("code of a metaclass ran")

    names = ["repr", "eq", "ne", "hash", "instancecheck", "subclasscheck", "getattribute", "dir"]
    meta = type("TouchyType", (type,), {f"__{name}__": refuse for name in names})
    body = {"__class__": property(refuse)}
    instance, held = (
        type.__call__(type.__new__(meta, "Odd", (base,), dict(body))) for base in (object, list)
    )
    list.append(held, 1)
    return {"instance": instance, "list": held, "class": type(instance), "metaclass": meta}


class TouchyDict(dict[Any, Any]):
    __repr__ = __str__ = __len__ = __iter__ = __getitem__ = items = keys = __sizeof__ = Touchy._refuse


class Named:
    def __init__(self, **fields: object) -> None:
        vars(self).update(fields)


class Kind(Enum):
    ONE = 1


def test_no_code_of_the_object_runs() -> None:
    touchy, mapping = Touchy(), TouchyDict(a=1)
    assert "Touchy" in shorten(touchy)
    assert "Touchy" in shorten([touchy, {"a": touchy}, {1: (touchy,)}])
    assert "TouchyDict" in shorten(mapping)
    assert (length_of(mapping), length_of(touchy)) == (1, None)
    assert shallow_bytes(touchy) > 0
    things = touchy_things()
    instance, held = things["instance"], things["list"]
    assert shorten([instance, held]).count(".Odd") == 2
    assert (length_of(instance), length_of(held), shallow_bytes(instance) > 0) == (None, 1, True)
    assert (edge_label(instance, held, True), edge_label([held], held, True)) == ("", "[0]")
    assert edge_label({TouchyKey("__name__"): held}, held, True) == f"[<{__name__}.TouchyKey>]"
    assert shallow_bytes(mapping) >= dict.__sizeof__(mapping) + 16


@pytest.mark.parametrize(
    ("thing", "shown"),
    [
        (None, "None"), (True, "True"), (12, "12"), ("a'b", '"a\'b"'), (b"x", "b'x'"), ([1, "a"], "[1, 'a']"), ((), "()"),
        ({"a": [1]}, "{'a': [1]}"), ([[[1]]], "[[…]]"), (Named(user="alice"), "<{}.Named user='alice'>"),
        (Named(), "<{}.Named>"), (Kind, "<enum.EnumType>"), (sys, "<module sys>"), (int, "<type int>"),
        ("x" * 1000, f"'{'x' * 80}'… (1,000 in all)"), (list(range(100)), "[0, 1, 2, 3, 4, 5, …]"),
        (10**1000, "<int of 3,322 bits>"), (shorten, "<function shorten>"),
    ],
)  # fmt: skip
def test_a_value_is_short_and_reads_like_python(thing: object, shown: str) -> None:
    assert shorten(thing) == shown.replace("{}.", f"{__name__}.")


def test_whatever_its_size_and_depth_a_value_fits_on_a_line() -> None:
    deep: list[object] = ["x" * 500]
    for _ in range(2000):
        deep = [deep, "y" * 500, Named(**{f"a{'b' * 500}{n}": deep for n in range(50)})]
    deep.append(deep)
    assert len(shorten(deep)) < 5000


@pytest.mark.parametrize(
    ("kind", "name"), [(int, "int"), (OrderedDict, "collections.OrderedDict"), (Kind, f"{__name__}.Kind")]
)
def test_types_are_named_as_snapshots_name_them(kind: type, name: str) -> None:
    assert type_name(kind) == name


def test_a_size_is_what_the_interpreter_says() -> None:
    for thing in ([1, 2], {"a": 1}, "text", 5, {1}, Named(a=1), sys, Kind):
        assert shallow_bytes(thing) == sys.getsizeof(thing)


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.parametrize("name", ["instance", "list", "class", "metaclass"])
def test_no_code_runs_when_an_object_is_looked_at_or_drawn(tmp_path: Path, name: str) -> None:
    things = touchy_things()
    held = [things[name]]
    assert b'"by": "[0]"' in ask_child(lambda: show_object(id(held[0]), True), Limits(tmp_path))
    assert b"Odd" in ask_child(lambda: describe_referrers(id(held[0]), True), Limits(tmp_path))


def test_a_name_can_be_part_of_a_link_and_of_a_file() -> None:
    kind = type("Odd", (), {})
    kind.__module__, kind.__qualname__ = "\udc80.m", "a\ud800b"
    assert type_name(kind) == "\ufffd.m.a\ufffdb"


def test_without_values_a_name_that_may_be_data_is_hidden() -> None:
    for name, shown in (("Row", "Row"), ("f.<locals>.Row", "f.<locals>.Row"), ("Acme Ltd", "<hidden>")):
        kind = type("Odd", (), {})
        kind.__module__ = kind.__qualname__ = name
        assert type_name(kind, values=False) == f"{shown}.{shown}"
        assert known_name(kind, values=False) == f"{shown}.{shown}"
        assert type_name(kind) == f"{name}.{name}"
    function, module = (lambda: 0), ModuleType("Acme Ltd")
    function.__qualname__ = "Acme Ltd"
    assert (known_name(function), known_name(module)) == ("Acme Ltd", "Acme Ltd")
    assert (known_name(function, values=False), known_name(module, values=False)) == ("", "")
    assert type_name(type(object().__str__), values=False) == "method-wrapper"


def test_attributes_and_globals_are_called_as_in_snapshots_without_values() -> None:
    held: list[object] = []
    for name, shown in (("total", ".total"), ("_4711__items", "")):
        thing = Named(**{name: held})
        assert edge_label(thing, held, False) == shown
        assert edge_label(thing, held, True) == f".{name}"


def test_heapys_names_of_parts_hide_the_same() -> None:
    kind = type("Acme Ltd", (), {"__module__": "Other Ltd"})
    names = list_hidden_names()
    assert {"Acme Ltd", "Other Ltd"} <= set(names)
    assert (
        hide(f"dict of {kind.__module__}.{kind.__name__}, tuple", names) == "dict of <hidden>.<hidden>, tuple"
    )
    assert not [name for name in names if name in ("tuple", "dict", "method-wrapper")]


def test_no_key_of_a_namespace_is_asked_whether_it_is_the_one_that_is_looked_for() -> None:
    """It has the same hash as the name, so that a dict would ask it."""
    asked: list[object] = []

    class Key(str):
        like = ""

        def __hash__(self) -> int:
            return hash(self.like)

        def __eq__(self, other: object) -> bool:
            asked.append(other)
            return False

    def key(name: str) -> Key:
        made = Key("x")
        made.like = name
        return made

    names = ("__sizeof__", "__module__", "__dict__", "__len__")
    kind: Any = type("Odd", (), {key(name): 1 for name in names})
    module = ModuleType("shop")
    del module.__dict__["__name__"]
    module.__dict__[key("__name__")] = 1
    thing = kind()
    asked.clear()
    vars(kind).get("__len__")
    assert asked, "a lookup does ask"
    asked.clear()
    assert shorten(thing) == f"<{__name__}.Odd>"
    assert (shallow_bytes(thing) > 0, attributes_of(thing)) == (True, {})
    assert (known_name(module), known_name(kind), has_method(kind, "__len__")) == (
        "",
        f"{__name__}.Odd",
        False,
    )
    assert asked == []
