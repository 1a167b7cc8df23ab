"""Gets the agent into a running process that was not prepared: the process loads it itself, between two bytecodes.

Nothing is stopped and no code runs in a stopped thread. 3.14 on: `sys.remote_exec`. Before: one entry in the
queue of calls that the main thread makes anyway, written by `pokes.py`. `docs/decisions/0011-attach.md` says why not through gdb.
"""

import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from heapdiff.agent.directory.access import prepare_directory
from heapdiff.agent.directory.names import list_entries
from heapdiff.agent.directory.private_files import read_private, write_private
from heapdiff.agent.system.procfs import PROC, read_fields, read_process, read_text
from heapdiff.errors import CaptureError, HeapdiffError, NoAgentError, NowhereError, ProcessError
from heapdiff.remote.finding import ATTACH, ATTACH_ELSEWHERE, Agent, find_agent, folders_for, read_as_owner
from heapdiff.remote.holding import RESTART, ROOT, Held, Refusal, held
from heapdiff.remote.pokes import WITH_ITS_PYTHON, queue_code
from heapdiff.remote.pokes import refusal as queue_refusal
from heapdiff.remote.rights import acting_as, require_rights
from heapdiff.remote.seeing import Folder, default_of, environment_of, fold, user_inside

POLL_S: Final = 0.05
ANOTHER: Final = "Ask another process."
INTERPRETER: Final = re.compile(r"python3\.(\d+)")
# A way in of its own, for the file of some name, by the process's number.
OF_ITS_OWN: Final = sys.version_info >= (3, 14)
SCRIPT: Final = """
def attach(whom, place, directory, said):
    import os, sys
    with open(f"/proc/self/task/{{os.getpid()}}/stat") as stat:
        started = int(stat.read().rpartition(")")[2].split()[19])
    if (os.getpid(), started) != whom:
        return
    def load():
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
        try:
            descriptor = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            os.write(descriptor, text.encode("utf-8", "replace")[:1000])
            os.close(descriptor)
        except OSError:
            pass
    # from 3.14 on this may interrupt another one like it, which then does this, too: here it would wait for its own thread
    waiting = getattr(sys, "__heapdiff_attaching__", None)
    if waiting is not None:
        waiting.append(load)
        return
    waiting = [load]
    while waiting:
        sys.__heapdiff_attaching__ = waiting
        try:
            while waiting:
                waiting.pop(0)()
        finally:
            del sys.__heapdiff_attaching__
attach(*{arguments})
"""
POKED: Final = (  # leaves no name behind
    "try:(lambda c:__import__('hashlib').sha256(c).hexdigest()[:{length}]=={digest!r}and exec(c,{{}}))"
    "(open({path!r},'rb').read())\nexcept BaseException:pass\n"
)
LEFT: Final = re.compile(r"\.(?:in|said)-[0-9a-f]{8}(?:\.partial)?")
STALE_S: Final = 24 * 3600
DIGITS: Final = 24  # of a checksum that others would have to meet, while the command waits


def is_prepared(pid: int, directory: Path | None) -> bool:
    """Whether the process has an agent already."""
    try:
        find_agent(pid, directory)
    except ProcessError:
        return False
    return True


def refusal_of(pid: int) -> Refusal | None:
    """Why the process with this number can't be attached to, or None. Looks only."""
    try:
        with held(pid) as process:
            return refusal(process)
    except ProcessError as error:
        return Refusal(error.message.removeprefix(f"process {pid}: "), error.hint)


def refusal(process: Held) -> Refusal | None:
    """Why it cannot be done or is not safe, or None. Looks only."""
    entry = f"{PROC}/{process.entry}"
    state = read_process(process.pid)
    if state is None or not process.is_here():
        return Refusal("there is no such process", ANOTHER)
    if process.pid == os.getpid():
        return Refusal("that is heapdiff itself", ANOTHER)
    try:
        name = os.readlink(f"{entry}/exe")
    except OSError:
        return Refusal("its memory can't be accessed: another user's, or protected", ROOT)
    if tracer := int(read_fields(f"{entry}/status").get("TracerPid", 0)):
        return Refusal(f"process {tracer} traces it", "End that one (a debugger or strace), and try again.")
    if state.state in "Tt":
        return Refusal("it is stopped", f"Let it go on with kill -CONT {process.pid}, and try again.")
    if own_minor(process.entry) != sys.version_info.minor:
        return Refusal(
            f"it does not run CPython 3.{sys.version_info.minor}, as heapdiff does here ({name})",
            WITH_ITS_PYTHON,
        )
    if OF_ITS_OWN:
        return remote_refusal(process)
    return queue_refusal(process.entry)


def offer(pid: int, error: HeapdiffError, command: str = "snapshot") -> HeapdiffError:
    """The error, with the way into a running process first where that is what is missing. `command`: one with `--attach`."""
    if not isinstance(error, NoAgentError):
        return error
    trouble = refusal_of(pid)
    if isinstance(error, NowhereError):
        there = f" Without a restart: {ATTACH_ELSEWHERE.format(command=command, pid=pid)}."
        return NowhereError(error.message, error.hint if trouble else f"{error.hint}{there}")
    if trouble is None:
        return NoAgentError(error.message, f"{ATTACH.format(command=command, pid=pid)}. {error.hint}")
    instead = "" if trouble.hint == RESTART else f"{trouble.hint} "
    return NoAgentError(error.message, f"It can't be attached to ({trouble}). {instead}{error.hint}")


def find_or_offer(pid: int, directory: Path | None) -> Agent:
    """The agent of a process. Raises HeapdiffError, with the way into a running process first where that is what is missing."""
    try:
        return find_agent(pid, directory)
    except HeapdiffError as error:
        raise offer(pid, error) from None


def require_attachable(process: Held) -> None:
    """Raise ProcessError where it cannot be attached to, or by whom it may not be. Looks only."""
    require_rights(process.pid)
    process.require()
    if trouble := refusal(process):
        raise ProcessError(f"process {process.pid}: cannot attach: {trouble}", trouble.hint)


def attach(process: Held, directory: Path | None, wait_s: float) -> Agent:
    """Load the agent into a process and wait until it is there. Raises ProcessError."""
    pid = process.pid
    require_attachable(process)
    folder = place_for(process, directory)
    last = time.monotonic() + wait_s
    with one_at_a_time(process), script_for(process, folder) as (script, said), handed_over(process, script):
        while not (text := read_said(process, said)):
            if not process.is_here() or read_process(pid) is None:
                raise ProcessError(f"process {pid}: it ended meanwhile", "Ask another process.")
            if time.monotonic() >= last:
                raise ProcessError(
                    f"process {pid}: its main thread did not come to it within {round(wait_s, 1):g} s, so nothing was loaded",
                    "It's waiting or computing: send it a request and repeat this, or wait longer with --wait.",
                )
            time.sleep(POLL_S)
    if text != "ok":
        raise CaptureError(
            f"process {pid}: cannot load heapdiff: {text}",
            f"The process is unaffected. See heapdiff doctor {pid}",
        )
    if agent := read_as_owner(process.seen, folder, process.owner):
        return agent
    return find_agent(pid, directory)


def place_for(process: Held, directory: Path | None) -> Folder:
    """Where the agent is to write: as told, else the default directory of the process's user, as the process sees it."""
    if directory is not None:
        return fold(process.pid, directory.absolute(), process.owner)
    folder = folders_for(process.pid, None)[-1]
    if folder.root is None:
        return folder
    inside = user_inside(process.pid, process.owner.user)
    return fold(process.pid, default_of(environment_of(process.entry), inside), process.owner)


@dataclass(frozen=True, slots=True)
class Script:
    """What the process is to run: the file as the process names it, and what stands in it."""

    path: Path
    content: bytes


@contextmanager
def script_for(process: Held, folder: Folder) -> Iterator[tuple[Script, Path]]:
    """The code to load, and where it will say how that went, in the folder of the process's user. Both go at the end.

    When the process comes to it later, it finds nothing and does nothing; any other one that would run it does nothing either.
    """
    word = secrets.token_hex(4)
    names = f".in-{word}", f".said-{word}"
    own = Path(__file__).parents[2]
    place = "" if fold(process.pid, own, process.owner).root else str(own)
    identity = process.seen.identity
    whom = identity.pid, identity.started_ticks
    arguments = (whom, place, str(folder.path), str(folder.path / names[1]))
    content = SCRIPT.format(arguments=arguments).encode()
    with acting_as(process.owner):
        if reason := prepare_directory(folder.reached):
            raise ProcessError(
                f"process {process.pid}: cannot attach: {reason.replace(str(folder.reached), str(folder.shown))}",
                "Give a private directory with --dir.",
            )
        remove_left(folder.reached)
    try:
        with acting_as(process.owner):
            write_private(folder.reached / names[0], content)
        yield Script(folder.path / names[0], content), folder.reached / names[1]
    finally:
        with acting_as(process.owner):
            for name in (f"{names[0]}.partial", *names):
                with suppress(OSError):
                    os.unlink(folder.reached / name)


def remove_left(directory: Path) -> None:
    """What a command left there that was killed before it could take it away; no other one waits that long."""
    for name in list_entries(directory):
        if LEFT.fullmatch(name) is not None:
            with suppress(OSError):
                if os.lstat(directory / name).st_mtime + STALE_S < time.time():
                    os.unlink(directory / name)


@contextmanager
def one_at_a_time(process: Held) -> Iterator[None]:
    """Two that write into one process at the same time overwrite each other's words. One that is killed lets go.

    Locked is the process's memory: who may not attach can't open it, and so can't keep others from attaching either.
    """
    with ExitStack() as stack:
        with suppress(OSError):  # whoever may not open it is told so by what comes next
            descriptor = os.open(f"{PROC}/{process.entry}/mem", os.O_RDONLY | os.O_CLOEXEC)
            stack.callback(os.close, descriptor)
            if not is_locked(descriptor):
                raise ProcessError(
                    f"process {process.pid}: another command is attaching to it", "Try again in a moment."
                )
        yield


def is_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def read_said(process: Held, said: Path) -> str:
    with acting_as(process.owner):
        return (read_private(said, 4096) or b"").decode("utf-8", "replace")


@contextmanager
def handed_over(process: Held, script: Script) -> Iterator[None]:
    """Have the process run the script meanwhile, and nothing else that somebody may put in its place."""
    if OF_ITS_OWN:
        with beyond_reach(process, script) as path:
            execute_remotely(process, path)
            yield
        return
    digest = hashlib.sha256(script.content).hexdigest()[:DIGITS]
    queue_code(process, POKED.format(length=DIGITS, digest=digest, path=str(script.path)))
    yield


def own_minor(process: int | str) -> int | None:
    """The minor version of the CPython that a process runs, by the name of its program or library."""
    names = (line.rpartition("/")[2] for line in (read_text(f"{PROC}/{process}/maps") or "").splitlines())
    found = {int(match[1]) for name in names if (match := INTERPRETER.search(name)) and ".so" not in name[:4]}
    return found.pop() if len(found) == 1 else None


def remote_refusal(process: Held) -> Refusal | None:
    if "PYTHON_DISABLE_REMOTE_DEBUG" in environment_of(process.entry):
        return Refusal("PYTHON_DISABLE_REMOTE_DEBUG is set in it")
    place = Path(tempfile.gettempdir()) if is_anothers(process) else place_for(process, None).path.parent
    if fold(process.pid, place, process.owner).root:
        return Refusal(f"it sees another {place} than heapdiff does here")
    if not hasattr(sys, "remote_exec"):
        return Refusal("this Python was built without remote debugging")
    return None


def is_anothers(process: Held) -> bool:
    """Whether we are root, and the process's user could put another script in the place of his."""
    return os.geteuid() == 0 and process.owner.user != 0


@contextmanager
def beyond_reach(process: Held, script: Script) -> Iterator[Path]:
    """The script where the process's user may read but not change it: it's run by whatever has the process's number then."""
    if not is_anothers(process):
        yield script.path
        return
    directory = Path(tempfile.mkdtemp(prefix=".heapdiff-"))
    try:
        path = directory / "attach.py"
        write_private(path, script.content)
        path.chmod(0o644)
        directory.chmod(0o755)
        yield path
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def execute_remotely(process: Held, script: Path) -> None:
    """In a process of its own, with a limit: it reads another process's memory."""
    pid = process.pid
    process.require()
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
