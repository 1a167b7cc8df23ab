"""The checks of `doctor`. Each looks at one thing and changes nothing."""

from __future__ import annotations

import importlib
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from heapdiff.agent.directory import default_directory, refuse_directory
from heapdiff.agent.engine import choose_engine
from heapdiff.agent.registry import read_outcome
from heapdiff.agent.settings import signal_name
from heapdiff.agent.siblings import obstacle
from heapdiff.cli.agents import Agent, directories_for, find_agent
from heapdiff.cli.rights import acting_as_owner_of
from heapdiff.errors import ProcessError
from heapdiff.render.amounts import size
from heapdiff.render.checkup import Check, CheckState

__all__ = ["check_installation", "check_process"]

OK, LIMITED, BROKEN = CheckState.OK, CheckState.LIMITED, CheckState.BROKEN
REINSTALL = (
    "Install a C compiler and Python's headers (apt install gcc python3-dev), then reinstall heapdiff."
)
LOW_SPACE = 1_000_000_000


def check_installation(directory: Path | None = None) -> Iterator[Check]:
    """This machine and this interpreter: capture, files, analysis, pictures."""
    yield _check_system()
    yield _check_engine()
    yield _check_heapy()
    yield _check_kernels()
    yield _check_directory(directory or Path(os.environ.get("HEAPDIFF_DIR") or default_directory()))
    yield _check_pictures()


def check_process(pid: int, directory: Path | None = None) -> Iterator[Check]:
    """One process: its agent, engine, signal, directory, last capture. Without an agent, only that."""
    directories = directories_for(pid, directory)
    with acting_as_owner_of(pid):
        try:
            agent = find_agent(pid, directories)
        except ProcessError as error:
            yield Check("agent", BROKEN, error.message, error.hint)
            return
        yield from _check_agent(agent)


def _check_agent(agent: Agent) -> Iterator[Check]:
    record = agent.record
    where = ", ".join(filter(None, (record.server, record.role, f"armed at {record.armed_at}")))
    yield Check("agent", OK, f"heapdiff {record.heapdiff} in process {agent.pid} ({where})", "")
    slower = record.engine != "native"
    engine = f"{record.engine}: {record.engine_reason}"
    yield Check("engine", LIMITED if slower else OK, engine, REINSTALL if slower else "")
    if trouble := obstacle(record):
        yield Check("signal", BROKEN, trouble.message, trouble.hint)
    else:
        yield Check("signal", OK, f"{signal_name(record.signal)} is caught", "")
    yield _check_directory(agent.directory)
    yield _check_last(agent)


def _check_last(agent: Agent) -> Check:
    outcome = read_outcome(agent.directory, agent.pid)
    if outcome is None:
        return Check("last capture", OK, "none yet", "")
    if outcome.state == "done":
        return Check("last capture", OK, f"{outcome.name} at {outcome.at}", "")
    todo = "Mend that, then: heapdiff snapshot " + str(agent.pid)
    return Check("last capture", LIMITED, f"{outcome.state} at {outcome.at}: {outcome.error}", todo)


def _check_system() -> Check:
    python = platform.python_implementation()
    found = f"{python} {platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.platform != "linux" or python != "CPython":
        todo = "Taking snapshots needs CPython on Linux; analysing them works here."
        return Check("system", LIMITED, found, todo)
    return Check("system", OK, found, "")


def _check_engine() -> Check:
    choice = choose_engine(None)
    found = f"{choice.name}: {choice.reason}"
    return (
        Check("engine", LIMITED, f"{found} (slower)", REINSTALL)
        if choice.fallback
        else Check("engine", OK, found, "")
    )


def _check_heapy() -> Check:
    try:
        importlib.import_module("guppy")
    except ImportError as error:
        hint = (
            "pip install guppy3"
            if sys.version_info < (3, 15)
            else "guppy3 does not build on CPython 3.15 yet"
        )
        return Check("heapy", LIMITED, f"guppy3 cannot be imported ({error})", hint)
    return Check("heapy", OK, "guppy3 is there, as a second fallback", "")


def _check_kernels() -> Check:
    try:
        importlib.import_module("heapdiff.graph._kernels")
    except ImportError as error:
        return Check(
            "analysis", LIMITED, f"NumPy, slower: the native kernels are missing ({error})", REINSTALL
        )
    return Check("analysis", OK, "native kernels", "")


def _check_pictures() -> Check:
    from heapdiff.render.drawing import INSTALL, find_programs

    programs = find_programs()
    if not programs:
        return Check("pictures", LIMITED, "only .dot: nothing here can draw SVG or PNG", INSTALL)
    return Check("pictures", OK, f"drawn with {programs[0]}", "")


def _check_directory(directory: Path) -> Check:
    name = "directory"
    if not os.path.lexists(directory):
        return Check(name, OK, f"{directory}, made when it is first needed", "")
    if reason := refuse_directory(directory):
        return Check(name, BROKEN, reason, "Mend that, or name another directory with HEAPDIFF_DIR.")
    free = shutil.disk_usage(directory).free
    found = f"{directory}, {size(free)} free"
    todo = "A snapshot takes about 10 bytes per object: free some space." if free < LOW_SPACE else ""
    return Check(name, LIMITED if todo else OK, found, todo)
