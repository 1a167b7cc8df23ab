"""The checks of `doctor` for this machine. Each looks at one thing and changes nothing."""

import importlib
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from heapdiff.agent.directory.access import foresee_refusal
from heapdiff.agent.directory.names import default_directory
from heapdiff.agent.engines.choice import choose_engine
from heapdiff.answers import Check, CheckState
from heapdiff.render.amounts import size

OK, LIMITED, BROKEN = CheckState.OK, CheckState.LIMITED, CheckState.BROKEN
REINSTALL = (
    "Install a C compiler and Python's headers (apt install gcc python3-dev), then reinstall heapdiff."
)
ELSEWHERE = (
    "Fix that, or set HEAPDIFF_DIR to a directory that can be written to, here and for the application."
)
LOW_SPACE = 1_000_000_000


def check_installation(directory: Path | None = None) -> Iterator[Check]:
    """This machine and this interpreter: capture, files, analysis, pictures."""
    yield _check_system()
    yield _check_engine()
    yield _check_kernels()
    yield check_directory(directory or Path(os.environ.get("HEAPDIFF_DIR") or default_directory()))
    yield _check_pictures()
    yield _check_attach()


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


def _check_attach() -> Check:
    """What stands in the way of `snapshot --attach`, as far as it is the same for all processes."""
    from heapdiff.agent.system.procfs import read_text
    from heapdiff.remote.pokes import own_layout

    way = "sys.remote_exec" if hasattr(sys, "remote_exec") else "its queue of calls" if own_layout() else ""
    if not way:
        return Check("attach", LIMITED, "this Python gives no safe way into unprepared processes", "")
    scope = (read_text("/proc/sys/kernel/yama/ptrace_scope") or "0").strip()
    if scope != "0" and os.geteuid() != 0:
        return Check("attach", LIMITED, f"ptrace_scope is {scope}: only root may", "Run it as root.")
    return Check("attach", OK, f"unprepared processes of this Python through {way}", "")


def check_directory(directory: Path) -> Check:
    name = "directory"
    if reason := foresee_refusal(directory):
        return Check(name, BROKEN, reason, ELSEWHERE)
    if not os.path.lexists(directory):
        return Check(name, OK, f"{directory}, created when it's first needed", "")
    free = shutil.disk_usage(directory).free
    found = f"{directory}, {size(free)} free"
    todo = "A snapshot takes about 25 bytes per object: free some space." if free < LOW_SPACE else ""
    return Check(name, LIMITED if todo else OK, found, todo)
