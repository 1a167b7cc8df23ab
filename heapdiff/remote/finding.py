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
from heapdiff.agent.directory.registry import AgentRecord, read_agent_of, remove_dead_agents
from heapdiff.agent.system.identity import Identity, Seen, see_process
from heapdiff.agent.system.procfs import owner_of, read_process, read_text
from heapdiff.errors import NoAgentError, ProcessError
from heapdiff.remote.rights import acting_as, acting_as_owner_of, require_rights
from heapdiff.remote.seeing import Folder, Surroundings, fold, look_around, paths_of

PREPARE: Final = (
    "To have one from the start: heapdiff run, or HeapDiff(app) in the application. If its HEAPDIFF_DIR is another "
    "directory, name that with --dir."
)


@dataclass(frozen=True, slots=True)
class Agent:
    """A live process that wrote that it has an agent, and the directory in which it did."""

    record: AgentRecord
    folder: Folder

    @property
    def pid(self) -> int:
        return self.record.pid

    @property
    def directory(self) -> Path:
        return self.folder.reached


@dataclass(frozen=True, slots=True)
class Agents:
    """All that were found; how many processes could not be looked into."""

    found: tuple[Agent, ...]
    closed: int = 0


def find_agent(pid: int, folders: list[Folder]) -> Agent:
    """The agent in a process. Raises ProcessError if the process, the right to it or the agent is missing."""
    if read_process(pid) is None:
        raise ProcessError(f"process {pid}: there is no such process", "List the workers: heapdiff ps")
    require_rights(pid)
    seen = see_process(pid)
    for folder in folders if seen else ():
        if seen and (agent := read_as_owner(seen, folder)):
            return agent
    looked = ", ".join(str(folder.shown) for folder in folders)
    message = f"process {pid} has no heapdiff agent (looked in {looked})"
    if hint := _where_else(pid, folders):
        raise ProcessError(message, hint)
    raise NoAgentError(message, PREPARE)


def read_as_owner(seen: Seen, folder: Folder) -> Agent | None:
    with acting_as_owner_of(seen.state.pid):
        record = read_agent_of(folder.reached, seen)
        return Agent(record, folder) if record is not None and record.is_alive() else None


def find_agents(directory: Path | None) -> Agents:
    """Every live process with an agent in the directory, else wherever one that we may look into has its own; by pid.

    What dead ones left is cleared away, but for what only others see.
    """
    around = look_around()
    told = directory or told_to_us()
    found: dict[int, Agent] = {}
    for folder, user in folders_among([told]) if told else folders_around(around):
        for agent in agents_in(folder, list_registered(folder, user), around):
            found.setdefault(agent.pid, agent)
    closed = 0 if told else len(around.closed - found.keys())
    return Agents(tuple(found[pid] for pid in sorted(found)), closed)


def list_registered(folder: Folder, user: int) -> list[Identity]:
    with suppress(OSError), acting_as(user):
        if folder.root is None:
            remove_dead_agents(folder.reached, sanitize_host(gethostname()))
        return find_registered(folder.reached)
    return []


def agents_in(folder: Folder, registered: list[Identity], around: Surroundings) -> Iterator[Agent]:
    """Those of the registered processes that live and are seen from here."""
    for identity in registered:
        for seen in around.find(identity):
            with suppress(ProcessError):
                own = folder if folder.root is None else fold(seen.state.pid, folder.path)
                if agent := read_as_owner(seen, own) or read_as_owner(seen, folder):
                    yield agent


def folders_around(around: Surroundings) -> Iterator[tuple[Folder, int]]:
    """Each directory in which an agent may be, once on each disk that processes see, with the user who is told of it."""
    yield from folders_among(own_directories())
    looked = set()
    for pid, mount in around.mounts.items():
        if (owner := owner_of(pid)) is None:
            continue
        for path in paths_of(pid, owner):
            if (mount, path, owner) not in looked:
                looked.add((mount, path, owner))
                yield fold(pid, path), owner


def folders_among(paths: list[Path]) -> Iterator[tuple[Folder, int]]:
    """Directories that we know, each with its owner."""
    for path in paths:
        with suppress(OSError):
            yield Folder(path), path.lstat().st_uid


def folders_for(pid: int, directory: Path | None) -> list[Folder]:
    """Where the agent of a process may have registered it: as asked, as we or it are told, by default."""
    if directory is not None:
        return [Folder(directory)]
    told, owner = told_to_us(), owner_of(pid)
    known = [*([told] if told else []), *paths_of(pid, os.geteuid() if owner is None else owner)]
    folders = [*map(Folder, known), *(fold(pid, path) for path in known)]
    return list({folder.shown: folder for folder in folders}.values())


def told_to_us() -> Path | None:
    named = os.environ.get("HEAPDIFF_DIR")
    return Path(named).expanduser() if named else None


def own_directories() -> list[Path]:
    """The default one; as root everybody's."""
    ours = default_directory()
    everybodys = ours.parent.glob("heapdiff-*") if os.geteuid() == 0 else ()
    return sorted({ours, *everybodys})


def _where_else(pid: int, folders: list[Folder]) -> str:
    """Why a process has no agent, or who has one: its children, as under gunicorn's master. Empty where that isn't known."""
    for folder in folders:
        with acting_as_owner_of(pid):
            refusal = foresee_refusal(folder.reached)
        if refusal:
            named = refusal.replace(str(folder.reached), str(folder.shown))
            return f"An agent couldn't write there: {named}. Fix that or set HEAPDIFF_DIR, and restart it."
    around = look_around()
    agents = (
        agent for folder in folders for agent in agents_in(folder, find_registered(folder.reached), around)
    )
    workers = {agent.pid for agent in agents if (state := read_process(agent.pid)) and state.parent == pid}
    if workers:
        return f"Its workers have one: heapdiff snapshot {' '.join(map(str, sorted(workers)))}"
    if (read_text(f"/proc/{pid}/comm") or "").strip() == "uwsgi":
        return "A uWSGI worker gets its agent with the first request that Flask handles: send it one."
    return ""
