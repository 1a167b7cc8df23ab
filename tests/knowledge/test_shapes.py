"""The table of shapes is of things that there are: this Python's types have the names and fields that it relies on."""

from __future__ import annotations

import asyncio
import functools
import gc
import importlib
import sys
import threading
import weakref
from collections import deque
from typing import Any

import pytest

from heapdiff.knowledge.shapes import BY_FIELDS, BY_TYPE, CONTEXT_TABLE, SHAPES, THREAD_LOCAL

HAVE_NO_NAME = frozenset(CONTEXT_TABLE.types)  # types that no module has
OTHER_BUILDS = frozenset(THREAD_LOCAL.types[1:])  # the one of threads that are none, the one in Python


def full_name(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


@pytest.mark.parametrize("name", sorted(BY_TYPE.keys() - HAVE_NO_NAME - OTHER_BUILDS))
def test_a_type_is_called_so(name: str) -> None:
    module, _, qualname = name.rpartition(".")
    library = module.partition(".")[0]
    if library and library not in sys.stdlib_module_names:
        pytest.importorskip(library)  # the extra `servers` has them all
    kind = getattr(importlib.import_module(module or "builtins"), qualname)
    assert full_name(kind) == name


def test_what_the_module_threading_offers_is_a_thread_local() -> None:
    assert full_name(threading.local) in THREAD_LOCAL.types


@pytest.mark.parametrize(
    "made",
    [[], deque(), weakref.WeakKeyDictionary(), functools.lru_cache(len), threading.local(), asyncio.Future],
    ids=lambda made: type(made).__name__,
)
def test_an_object_has_the_fields_of_its_shape(made: Any) -> None:
    if made is asyncio.Future:
        made = asyncio.Future(loop=asyncio.new_event_loop())
        made.get_loop().close()
    shape = BY_TYPE[full_name(type(made))]
    assert {shape.content, shape.bound, *shape.fields} - {"", *dir(made)} == set()
    if shape.inside:
        assert shape.inside in {type(part).__name__ for part in gc.get_referents(made)}


def test_a_shape_without_types_is_told_by_fields_that_it_relies_on() -> None:
    assert all(shape.fields for shape in BY_FIELDS)
    for shape in BY_FIELDS:
        assert {shape.content, shape.bound} - {""} <= set(shape.fields)


def test_a_type_has_one_shape() -> None:
    assert len(BY_TYPE) == sum(len(shape.types) for shape in SHAPES)
