"""Which Python function is behind a view or a decorated function, and its lines. Runs nothing of it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from types import CodeType, FunctionType, MethodType
from typing import Final, cast

from heapdiff.errors import UsageError

LAYERS_MOST: Final = 100
WITHOUT_TRACE: Final = frozenset(("memory_profiler",))  # their wrappers don't say what they wrap
WRAPPED: Final = "func"


@dataclass(frozen=True, slots=True)
class Profiled:
    """A function with the code inside it, outermost first. Its lines are `first_line` up to, not including, `end_line`."""

    name: str
    file: str
    codes: tuple[CodeType, ...]
    first_line: int
    end_line: int
    source: tuple[str, ...]

    def content(self, line: int) -> str:
        at = line - self.first_line
        return self.source[at].rstrip() if 0 <= at < len(self.source) else ""


def profiled(function: FunctionType) -> Profiled:
    codes = tuple(_codes(function.__code__))
    first = function.__code__.co_firstlineno
    try:
        source = tuple(inspect.getsourcelines(function.__code__)[0])
    except (OSError, SyntaxError, TypeError, IndexError):  # no source, or one that has changed
        source = ()
    last = max((line for code in codes for *_, line in code.co_lines() if line is not None), default=first)
    name = f"{function.__module__}.{function.__qualname__}"
    return Profiled(
        name, function.__code__.co_filename, codes, first, max(last + 1, first + len(source)), source
    )


def functions_behind(view: object, method: str = "GET") -> list[FunctionType]:
    """The functions that run when a view is called: of one made by `View.as_view`, its class's for that method.

    Raises UsageError where there is no Python function.
    """
    view_class = getattr(view, "view_class", None)
    if isinstance(view_class, type):
        names = [method.lower(), "get" if method == "HEAD" else "", "dispatch_request"]
        found = next(filter(None, (getattr(view_class, name, None) for name in names if name)), None)
        return [unwrap(found)]
    return [unwrap(view)]


def unwrap(given: object) -> FunctionType:
    """The function below all decorators that say what they wrap. Raises UsageError where it's no Python function."""
    found = given
    for _ in range(LAYERS_MOST):
        inner = _inside(found)
        if inner is None:
            break
        found = inner
    if not isinstance(found, FunctionType):
        raise UsageError(
            f"{getattr(given, '__name__', type(given).__name__)} is no Python function",
            "Only functions written in Python can be profiled line by line; name the one that calls it.",
        )
    return found


def _inside(wrapper: object) -> object | None:
    if isinstance(wrapper, partial):
        return cast(object, wrapper.func)
    if isinstance(wrapper, MethodType | classmethod | staticmethod):
        return cast(object, wrapper.__func__)
    if isinstance(wrapper, FunctionType):
        return cast(object, getattr(wrapper, "__wrapped__", None)) or _untold(wrapper)
    if isinstance(wrapper, type):
        return None
    return cast(object, getattr(wrapper, "__wrapped__", None)) or _method(wrapper)


def _untold(wrapper: FunctionType) -> object | None:
    if (
        wrapper.__globals__.get("__name__") not in WITHOUT_TRACE
        or WRAPPED not in wrapper.__code__.co_freevars
    ):
        return None
    cells = dict(zip(wrapper.__code__.co_freevars, wrapper.__closure__ or (), strict=True))
    try:
        return cast(object, cells[WRAPPED].cell_contents)
    except ValueError:  # still empty
        return None


def _method(instance: object) -> object | None:
    method: object = inspect.getattr_static(type(instance), "__call__", None)
    return method if isinstance(method, FunctionType) else None


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A code object, and what is inside it: comprehensions, lambdas, functions. Breadth first."""
    waiting = [code]
    for at in waiting:
        yield at
        waiting += [each for each in at.co_consts if isinstance(each, CodeType)]
