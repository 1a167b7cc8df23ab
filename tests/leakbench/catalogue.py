"""Collects the cases of LeakBench: the tuples `CASES` of the modules in `cases`. Runs nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, distribution
from pkgutil import iter_modules

from heapdiff.errors import UsageError
from tests.leakbench import cases
from tests.leakbench.case import Case

__all__ = ["collect", "missing", "select"]


def collect() -> tuple[Case, ...]:
    """All cases: by module, in the order in which each module lists them."""
    names = sorted(module.name for module in iter_modules(cases.__path__))
    return tuple(case for name in names for case in import_module(f"{cases.__name__}.{name}").CASES)


def select(collected: Sequence[Case], names: Iterable[str]) -> tuple[Case, ...]:
    """Those with one of the names, all when there are none. Raises UsageError for an unknown name."""
    wanted = set(names)
    if unknown := wanted - {case.name for case in collected}:
        raise UsageError(f"no such case: {', '.join(sorted(unknown))}", "See --list.")
    return tuple(case for case in collected if not wanted or case.name in wanted)


def missing(chosen: Iterable[Case]) -> tuple[str, ...]:
    """Distributions that the cases need and that are not installed."""
    return tuple(sorted({need for case in chosen for need in case.needs if not is_installed(need)}))


def is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True
