"""Which servers a run of pytest tries: those of the extra `dev`, or with HEAPDIFF_SERVERS=all every one."""

from __future__ import annotations

import os

import pytest

from tests.servers.cases import CASES

EVERY_SERVER = "HEAPDIFF_SERVERS"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The slow majority is not for the plain suite; it says so, and a server that is missing is then no failure."""
    if os.environ.get(EVERY_SERVER) == "all":
        return
    slow = {case.name for case in CASES if not case.quick}
    left_out = [item for item in items if is_about(item, slow)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
        config.stash[LEFT_OUT] = len(left_out)


LEFT_OUT = pytest.StashKey[int]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if count := config.stash.get(LEFT_OUT, 0):
        terminalreporter.write_line(
            f"{count} tests of servers were left out; all of them: python -m tests.servers"
        )


def is_about(item: pytest.Item, names: set[str]) -> bool:
    callspec = getattr(item, "callspec", None)
    case = callspec.params.get("case") if callspec is not None else None
    return getattr(case, "name", None) in names
