"""What belongs to the test and its tools, as this process knows it: by who can't be installed without pytest. No analysis."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pytest

TOOLS: Final = (
    "heapdiff",
    "pytest",
    "_pytest",
    "pluggy",
    "unittest",
    "mock",
    "coverage",
    "hypothesis",
    "execnet",
)
NEEDS_PYTEST: Final = re.compile(r"pytest\b(?![-_.])(?!.*\bextra\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TestFacts:
    """What is measured: its name, the modules of the tools around it, and where the test itself is written."""

    __test__ = False
    name: str
    machinery: tuple[str, ...]
    module: str
    function: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def describe_test(item: pytest.Item) -> TestFacts:
    function = getattr(item, "function", None)
    return TestFacts(
        item.nodeid,
        tuple(sorted({*TOOLS, *_find_plugins(item.config)})),
        getattr(function, "__module__", "") or "",
        getattr(function, "__name__", "") or "",
    )


def _find_plugins(config: pytest.Config) -> Iterator[str]:
    """The modules of all plugins, and the whole package of a distribution that requires pytest; no conftest.py, for that is
    where an application's tests make the application."""
    manager = config.pluginmanager
    requiring = {
        id(plugin)
        for plugin, distribution in manager.list_plugin_distinfo()
        if any(NEEDS_PYTEST.match(need) for need in getattr(distribution, "requires", None) or ())
    }
    for _, plugin in manager.list_name_plugin():
        if plugin is None:
            continue
        module = plugin.__name__ if isinstance(plugin, ModuleType) else type(plugin).__module__
        if module.rpartition(".")[2] in ("conftest", "__init__") or module == "builtins":
            continue
        yield module.partition(".")[0] if id(plugin) in requiring else module
