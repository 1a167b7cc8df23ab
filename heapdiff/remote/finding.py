"""Finds the agents of processes through what they wrote about themselves. Clears away what dead ones left."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from socket import gethostname
from typing import Final

from heapdiff.agent.directory.access import foresee_refusal
from heapdiff.agent.directory.names import default_directory, find_registered, sanitize_host
from heapdiff.agent.directory.registry import AgentRecord, read_agent, remove_dead_agents
from heapdiff.agent.system.procfs import owner_of, read_process, read_text
from heapdiff.errors import NoAgentError, ProcessError
from heapdiff.remote.rights import acting_as, acting_as_owner_of, require_rights

PREPARE: Final = (
    "To have one from the start: heapdiff run, or HeapDiff(app) in the application. If its HEAPDIFF_DIR is another "
    "directory, name that with --dir."
)


@dataclass(frozen=True, slots=True)
class Agent:
    """A live process that wrote that it has an agent, and the directory in which it did."""

    record: AgentRecord
    directory: Path

    @property
    def pid(self) -> int:
        return self.record.pid


def find_agent(pid: int, directories: list[Path]) -> Agent:
    """The agent in a process. Raises ProcessError if the process, the right to it or the agent is missing."""
    if read_process(pid) is None:
        raise ProcessError(f"process {pid}: there is no such process", "List the workers: heapdiff ps")
    require_rights(pid)
    for candidate in directories:
        record = read_agent(candidate, pid)
        if record is not None and record.is_alive():
            return Agent(record, candidate)
    message = f"process {pid} has no heapdiff agent (looked in {', '.join(map(str, directories))})"
    if hint := _where_else(pid, directories):
        raise ProcessError(message, hint)
    raise NoAgentError(message, PREPARE)


def find_agents(directory: Path | None) -> list[Agent]:
    """Every live process with an agent in the directory, else in our own ones (root: everybody's); by pid."""
    found: dict[int, Agent] = {}
    for candidate in [directory] if directory else _own_directories():
        for pid in find_registered(candidate):
            with acting_as_owner_of(pid):
                record = read_agent(candidate, pid)
            if record is not None and record.is_alive():
                found.setdefault(pid, Agent(record, candidate))
    return [found[pid] for pid in sorted(found)]


def clear_dead_agents(directory: Path | None) -> None:
    """Remove what ended processes of this host left in the directory, else in our own ones."""
    for candidate in [directory] if directory else _own_directories():
        with suppress(OSError), acting_as(candidate.stat().st_uid):
            remove_dead_agents(candidate, sanitize_host(gethostname()))


def directories_for(pid: int, directory: Path | None) -> list[Path]:
    """Where the agent of a process may have registered it: as asked, as we or it are told, by default."""
    if directory is not None:
        return [directory]
    theirs = environment_of(pid)
    owner = owner_of(pid)
    default = f"heapdiff-{os.geteuid() if owner is None else owner}"
    candidates = [
        os.environ.get("HEAPDIFF_DIR"),
        theirs.get("HEAPDIFF_DIR"),
        f"{theirs['TMPDIR']}/{default}" if theirs.get("TMPDIR") else None,
        default_directory().with_name(default),
    ]
    known = [Path(candidate).expanduser() for candidate in candidates if candidate]
    return list(dict.fromkeys([*known, *_seen_by(pid, known)]))


def _own_directories() -> list[Path]:
    if named := os.environ.get("HEAPDIFF_DIR"):
        return [Path(named).expanduser()]
    ours = default_directory()
    everybodys = ours.parent.glob("heapdiff-*") if os.geteuid() == 0 else ()
    return sorted({ours, *everybodys, *_told_to_our_processes()})


def _told_to_our_processes() -> Iterator[Path]:
    """What `heapdiff run --dir` and environments tell the processes of this user."""
    for name in os.listdir("/proc"):
        if name.isdigit() and owner_of(int(name)) == os.geteuid():
            told = Path(environment_of(int(name)).get("HEAPDIFF_DIR", ""))
            if told.is_absolute():
                yield told


def _seen_by(pid: int, directories: list[Path]) -> Iterator[Path]:
    """The directories in the process's own view of the disk, where that differs (systemd's PrivateTmp)."""
    try:
        other = os.readlink(f"/proc/{pid}/ns/mnt") != os.readlink("/proc/self/ns/mnt")
    except OSError:
        return
    if other:
        for directory in directories:
            if directory.is_absolute():
                yield Path(f"/proc/{pid}/root{directory}")


def environment_of(pid: int) -> dict[str, str]:
    entries = (read_text(f"/proc/{pid}/environ") or "").split("\0")
    return {name: value for name, equals, value in (entry.partition("=") for entry in entries) if equals}


def _where_else(pid: int, directories: list[Path]) -> str:
    """Why a process has no agent, or who has one: its children, as under gunicorn's master. Empty where that isn't known."""
    for directory in directories:
        with acting_as_owner_of(pid):
            refusal = foresee_refusal(directory)
        if refusal:
            return f"An agent couldn't write there: {refusal}. Fix that or set HEAPDIFF_DIR, and restart it."
    workers = [
        child
        for directory in directories
        for child in find_registered(directory)
        if (state := read_process(child)) and state.parent == pid and read_agent(directory, child) is not None
    ]
    if workers:
        return f"Its workers have one: heapdiff snapshot {' '.join(map(str, sorted(set(workers))))}"
    if (read_text(f"/proc/{pid}/comm") or "").strip() == "uwsgi":
        return "A uWSGI worker gets its agent with the first request that Flask handles: send it one."
    return ""
