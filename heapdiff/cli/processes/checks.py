"""The checks of `doctor` for this machine. Each looks at one thing and changes nothing."""

import importlib
import os
import platform
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from heapdiff.agent.directory.access import foresee_refusal
from heapdiff.agent.directory.names import default_directory
from heapdiff.agent.engines.choice import choose_engine
from heapdiff.agent.engines.headroom import DISK
from heapdiff.agent.system.memory_limits import disk_left
from heapdiff.agent.system.procfs import read_fields, read_text
from heapdiff.answers import Check, CheckState
from heapdiff.render.amounts import size

OK, LIMITED, BROKEN = CheckState.OK, CheckState.LIMITED, CheckState.BROKEN
REINSTALL = (
    "Install a C compiler and Python's headers (apt install gcc python3-dev), then reinstall heapdiff."
)
CAP_SYS_PTRACE = 19
ELSEWHERE = (
    "Fix that, or set HEAPDIFF_DIR to a directory that can be written to, here and for the application."
)


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
    from heapdiff.remote.pokes import own_layout

    way = (
        "sys.remote_exec"
        if hasattr(sys, "remote_exec")
        else "its queue of pending calls"
        if own_layout()
        else ""
    )
    if not way and find_spec("heapdiff.agent._native") is None:
        return Check("attach", LIMITED, "needs the native extension with this Python", REINSTALL)
    if not way:
        return Check("attach", LIMITED, "this Python has no safe way to attach to running processes", "")
    scope = (read_text("/proc/sys/kernel/yama/ptrace_scope") or "0").strip()
    may_trace = int(read_fields("/proc/self/status").get("CapEff", "0"), 16) >> CAP_SYS_PTRACE & 1
    if scope == "3":
        return Check("attach", LIMITED, "ptrace_scope is 3: nobody may", "")
    if scope != "0" and not may_trace:
        todo = "Run it as root; in a container, with --cap-add SYS_PTRACE."
        return Check("attach", LIMITED, f"ptrace_scope is {scope}: only with CAP_SYS_PTRACE", todo)
    return Check("attach", OK, f"can attach to running processes of this Python ({way})", "")


def check_directory(directory: Path) -> Check:
    name = "directory"
    if reason := foresee_refusal(directory):
        return Check(name, BROKEN, reason, ELSEWHERE)
    above = next(parent for parent in (directory, *directory.absolute().parents) if os.path.lexists(parent))
    left, total = disk_left(above)
    if left is None:
        return Check(name, OK, f"{directory}, whose file system doesn't say how much is free", "")
    there = "" if above == directory else ", created when it's first needed"
    reserve = min(total * DISK.reserve_share, DISK.reserve_most)
    todo = (
        "Too little for a graph: free some space, or set HEAPDIFF_DIR."
        if left < DISK.summary_bytes + reserve
        else ""
    )
    return Check(name, LIMITED if todo else OK, f"{directory}, {size(left)} free{there}", todo)
