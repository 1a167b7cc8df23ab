"""Which servers a run of pytest tries: those of the extra `dev`, or with HEAPDIFF_SERVERS=all every one."""

from __future__ import annotations

import os

import pytest

EVERY_SERVER = "HEAPDIFF_SERVERS"
LEFT_OUT = pytest.StashKey[int]()

every_server = pytest.mark.every_server


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is slow or needs a server that may be missing is left out of the plain suite, which says so."""
    if os.environ.get(EVERY_SERVER) == "all":
        return
    left_out = [item for item in items if item.get_closest_marker("every_server")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
        config.stash[LEFT_OUT] = len(left_out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if count := config.stash.get(LEFT_OUT, 0):
        terminalreporter.write_line(
            f"{count} tests of servers were left out; all of them: python -m tests.servers"
        )
