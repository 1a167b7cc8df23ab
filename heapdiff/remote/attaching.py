"""Gets the agent into a running process that was not prepared: the process loads it itself, between two bytecodes.

Nothing is stopped and no code runs in a stopped thread. 3.14 on: `sys.remote_exec`. Before: one entry in the
queue of calls that the main thread makes anyway, written by `pokes.py`. `docs/decisions/0011-attach.md` says why not through gdb.
"""

import json
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from heapdiff.agent.directory.access import prepare_directory
from heapdiff.agent.directory.private_files import read_private, write_private
from heapdiff.agent.system.procfs import read_fields, read_process, read_text
from heapdiff.errors import CaptureError, HeapdiffError, NoAgentError, ProcessError
from heapdiff.remote.finding import Agent, find_agent, folders_for
from heapdiff.remote.pokes import queue_code
from heapdiff.remote.pokes import refusal as queue_refusal
from heapdiff.remote.rights import acting_as_owner_of, require_rights
from heapdiff.remote.seeing import Folder, environment_of

POLL_S: Final = 0.05
INTERPRETER: Final = re.compile(r"python3\.(\d+)")
ATTACH: Final = "heapdiff snapshot {pid} --attach loads an agent into a running process"
SCRIPT: Final = """
def attach(path, place, directory, said):
    import os, sys
    try:
        sys.path.append(place)
        try:
            import heapdiff
            from heapdiff.agent.worker import installation
        finally:
            sys.path.remove(place)
        heapdiff.install(dir=directory, signal=None)
        agent = installation._agent
        if agent is not None and not agent.armed and agent.server.role != "master":
            installation.settle({{}})
            agent = installation._agent
        text = "ok" if agent is not None and agent.armed else "it serves no requests itself: attach to a worker"
    except BaseException as error:
        text = f"{{type(error).__name__}}: {{error}}"
    descriptor = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.write(descriptor, text.encode("utf-8", "replace")[:1000])
    os.close(descriptor)
attach(*{arguments})
"""


def is_prepared(pid: int, directory: Path | None) -> bool:
    """Whether the process has an agent already."""
    try:
        find_agent(pid, folders_for(pid, directory))
    except ProcessError:
        return False
    return True


def refusal(pid: int) -> str | None:
    """Why it cannot be done or is not safe, or None. Looks only."""
    program = Path(f"/proc/{pid}/exe")
    if (process := read_process(pid)) is None:
        return "there is no such process"
    if pid == os.getpid():
        return "that is heapdiff itself"
    try:
        name = os.readlink(program)
    except OSError:
        return "its memory can't be accessed: another user's, or protected"
    if tracer := int(read_fields(f"/proc/{pid}/status").get("TracerPid", 0)):
        return f"process {tracer} traces it"
    if process.state in "Tt":
        return "it is stopped"
    if own_minor(pid) != sys.version_info.minor:
        return f"it does not run CPython 3.{sys.version_info.minor}, as heapdiff does here ({name})"
    if sys.version_info >= (3, 14):
        return remote_refusal(pid)
    return queue_refusal(pid)


def offer(pid: int, error: HeapdiffError) -> HeapdiffError:
    """The error, with the way into a running process first where that is what is missing."""
    if not isinstance(error, NoAgentError):
        return error
    reason = refusal(pid)
    first = f"It can't be attached to ({reason})" if reason else ATTACH.format(pid=pid)
    return NoAgentError(error.message, f"{first}. {error.hint}")


def attach(pid: int, directory: Path | None, wait_s: float) -> Agent:
    """Load the agent into a process and wait until it is there. Raises ProcessError."""
    require_rights(pid)
    if reason := refusal(pid):
        raise ProcessError(
            f"process {pid}: cannot attach: {reason}",
            "Start it with heapdiff run, or add HeapDiff(app) and restart it.",
        )
    place = (directory or folders_for(pid, None)[-1].shown).absolute()
    last = time.monotonic() + wait_s
    with script_for(pid, place) as (script, said):
        if sys.version_info >= (3, 14):
            execute_remotely(pid, script)
        else:
            queue_code(pid, f"try:exec(open({str(script)!r}).read(),{{}})\nexcept BaseException:pass\n")
        while not (text := read_said(pid, said)):
            if read_process(pid) is None:
                raise ProcessError(f"process {pid}: it ended meanwhile", "Ask another process.")
            if time.monotonic() >= last:
                raise ProcessError(
                    f"process {pid}: its main thread did not come to it within {wait_s:g} s, so nothing was loaded",
                    "It's waiting or computing: send it a request and repeat this, or wait longer with --wait.",
                )
            time.sleep(POLL_S)
    if text != "ok":
        raise CaptureError(
            f"process {pid}: cannot load heapdiff: {text}",
            f"The process is unaffected. See heapdiff doctor {pid}",
        )
    return find_agent(pid, [Folder(place)])


@contextmanager
def script_for(pid: int, directory: Path) -> Iterator[tuple[Path, Path]]:
    """The code to load, private to the process's user, and where it will say how that went. Both go at the end.

    When the process comes to it later, it finds nothing and does nothing.
    """
    word = secrets.token_hex(4)
    script, said = directory / f".in-{word}", directory / f".said-{word}"
    arguments = (str(script), str(Path(__file__).parents[2]), str(directory), str(said))
    with acting_as_owner_of(pid):
        if reason := prepare_directory(directory):
            raise ProcessError(
                f"process {pid}: cannot attach: {reason}", "Give a private directory with --dir."
            )
        write_private(script, SCRIPT.format(arguments=arguments).encode())
    try:
        yield script, said
    finally:
        with acting_as_owner_of(pid):
            for path in (script, said):
                with suppress(OSError):
                    os.unlink(path)


def read_said(pid: int, said: Path) -> str:
    with acting_as_owner_of(pid):
        return (read_private(said, 4096) or b"").decode("utf-8", "replace")


def own_minor(pid: int) -> int | None:
    """The minor version of the CPython that a process runs, by the name of its program or library."""
    names = (line.rpartition("/")[2] for line in (read_text(f"/proc/{pid}/maps") or "").splitlines())
    found = {int(match[1]) for name in names if (match := INTERPRETER.search(name)) and ".so" not in name[:4]}
    return found.pop() if len(found) == 1 else None


def remote_refusal(pid: int) -> str | None:
    if "PYTHON_DISABLE_REMOTE_DEBUG" in environment_of(pid):
        return "PYTHON_DISABLE_REMOTE_DEBUG is set in it"
    if not hasattr(sys, "remote_exec"):
        return "this Python was built without remote debugging"
    return None


def execute_remotely(pid: int, script: Path) -> None:
    """In a process of its own, with a limit: it reads another process's memory."""
    code = "import json, sys; sys.remote_exec(*json.loads(sys.argv[1]))"
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-c", code, json.dumps([pid, str(script)])],
            capture_output=True, text=True, timeout=20, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise ProcessError(
            f"process {pid}: cannot attach: no answer in 20 s", "See heapdiff doctor."
        ) from error
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["it was refused"])[-1]
        raise ProcessError(f"process {pid}: cannot attach: {reason}", "See heapdiff doctor.")
