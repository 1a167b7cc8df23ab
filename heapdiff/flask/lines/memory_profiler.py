"""Functions that memory_profiler decorates: finds them, and has it stand aside while heapdiff measures. Imports nothing of it."""

from __future__ import annotations

import builtins
import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FunctionType
from typing import Any, Final

MODULE: Final = "memory_profiler"
BUILTIN: Final = "profile"


def decorated() -> list[FunctionType]:
    """Every function that `memory_profiler.profile` has wrapped, by name."""
    module = sys.modules.get(MODULE)
    if module is None:
        return []
    names = vars(module)
    found = {
        each
        for each in (*gc.get_objects(), *_named())
        if type(each) is FunctionType and each.__globals__ is names and hasattr(each, "__wrapped__")
    }
    return sorted(found, key=lambda each: (each.__module__, each.__qualname__))


def _named() -> Iterator[object]:
    """What modules and their classes have by name: the collector doesn't list objects that were frozen."""
    for module in list(sys.modules.values()):
        for each in list(getattr(module, "__dict__", {}).values()):
            yield each
            if type(each) is type:
                yield from list(vars(each).values())


@contextmanager
def standing_aside() -> Iterator[None]:
    """Has the decorated functions run as they are: nothing is traced, nothing printed, nothing of it allocated in them."""
    profiler: Any = getattr(sys.modules.get(MODULE), "LineProfiler", None)
    call = None if profiler is None else vars(profiler).get("__call__")
    if call is None:
        yield
        return
    profiler.__call__ = _as_it_is
    try:
        yield
    finally:
        profiler.__call__ = call


def _as_it_is(_profiler: object, func: Callable[..., Any] | None = None, **_given: object) -> object:
    return func if func is not None else lambda each: each


@contextmanager
def builtin_decorator(decorate: Callable[[Any], Any]) -> Iterator[None]:
    """`@profile` without an import, as `python -m memory_profiler` and `kernprof` offer it, for an application loaded here."""
    if hasattr(builtins, BUILTIN):
        yield
        return
    setattr(builtins, BUILTIN, decorate)
    try:
        yield
    finally:
        delattr(builtins, BUILTIN)
