"""Finds the agents of processes through what they wrote about themselves. Clears away what dead ones left."""

import os
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from socket import gethostname
from typing import Final

from heapdiff.agent.directory.access import foresee_refusal
from heapdiff.agent.directory.names import default_directory, find_registered, list_entries, sanitize_host
from heapdiff.agent.directory.registry import AgentRecord, read_agent_of, remove_dead_agents
from heapdiff.agent.system.identity import Identity, Seen, see_process
from heapdiff.agent.system.procfs import read_process, read_text
from heapdiff.errors import NoAgentError, NowhereError, ProcessError
from heapdiff.remote.rights import Owner, acting_as, owner_of_process, owner_of_seen, require_rights
from heapdiff.remote.seeing import Folder, Surroundings, fold, look_around, paths_of

LOOKING_S: Final = 10.0
SHARE: Final = 3  # what one user has takes this part of the time at most
MAX_DIRECTORIES: Final = 1000
MAX_SHOWN: Final = 300
PREPARE: Final = (
    "To have one from the start: heapdiff run, or HeapDiff(app) in the application. If its HEAPDIFF_DIR is another "
    "directory, name that with --dir."
)
ATTACH: Final = "heapdiff {command} {pid} --attach loads an agent into a running process"
ATTACH_ELSEWHERE: Final = (
    "heapdiff {command} {pid} --attach --dir DIR loads an agent into a running process, which writes to DIR"
)


@dataclass(frozen=True, slots=True)
class Agent:
    """A live process that wrote that it has an agent, the directory in which it did, and whose both are; None: ours."""

    record: AgentRecord
    folder: Folder
    owner: Owner | None = None

    @property
    def pid(self) -> int:
        return self.record.pid

    @property
    def directory(self) -> Path:
        return self.folder.reached


@dataclass(frozen=True, slots=True)
class Agents:
    """All that were found; how many processes could not be looked into; whose directories hold too much to look at in time."""

    found: tuple[Agent, ...]
    closed: int = 0
    unlooked: tuple[int, ...] = ()


@dataclass(slots=True)
class Patience:
    """How long directories are looked at: until `last`, by the monotonic clock, and those of one user for a part of that."""

    last: float
    each_s: float
    spent: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))
    unlooked: set[int] = field(default_factory=set)

    def allows(self, user: int) -> bool:
        if time.monotonic() < self.last and self.spent[user] < self.each_s:
            return True
        self.unlooked.add(user)
        return False

    @contextmanager
    def used_by(self, user: int) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            self.spent[user] += time.monotonic() - began


def find_agent(pid: int, directory: Path | None) -> Agent:
    """The agent in a process. Raises ProcessError if the process, the right to it or the agent is missing."""
    if read_process(pid) is None:
        raise ProcessError(f"process {pid}: there is no such process", "List the workers: heapdiff ps")
    require_rights(pid)
    seen = see_process(pid)
    folders = folders_for(pid, directory)
    owner = owner_of_process(pid) if seen is None else owner_of_seen(seen)
    if owner is None:
        raise ProcessError(f"process {pid}: it has ended", "List the workers: heapdiff ps")
    for folder in folders if seen else ():
        if seen and (agent := read_as_owner(seen, folder, owner)):
            return agent
    looked = ", ".join(shorten(str(folder.shown)) for folder in folders)
    message = f"process {pid} has no heapdiff agent (looked in {looked})"
    if hint := _why_nowhere(folders, owner):
        raise NowhereError(message, hint)
    if hint := _where_else(pid, folders, owner):
        raise ProcessError(message, hint)
    raise NoAgentError(message, PREPARE)


def read_as_owner(seen: Seen, folder: Folder, owner: Owner) -> Agent | None:
    with acting_as(owner):
        record = read_agent_of(folder.reached, seen)
        return Agent(record, folder, owner) if record is not None and record.is_alive() else None


def shorten(text: str) -> str:
    """Both ends of what others made long."""
    half = MAX_SHOWN // 2
    return text if len(text) <= MAX_SHOWN else f"{text[:half]}...{text[-half:]}"


def find_agents(directory: Path | None, last: float | None = None) -> Agents:
    """Every live process with an agent in the directory, else wherever one that we may look into has its own; by pid.

    Until `last` by the monotonic clock, and for a part of that in what one user has, who keeps nobody else from being found.
    What dead ones left is cleared away, but for what only others see.
    """
    around = look_around()
    told = directory or told_to_us()
    found: dict[int, Agent] = {}
    now = time.monotonic()
    last = now + LOOKING_S if last is None else last
    patience = Patience(last, (last - now) / SHARE)
    for folder, owner in folders_among([told]) if told else folders_around(around, patience):
        user = owner if isinstance(owner, int) else owner.user
        if not patience.allows(user):
            continue
        with patience.used_by(user):
            registered = list_registered(folder, owner)
        for identity in registered:
            if not patience.allows(user):
                break
            with patience.used_by(user):
                for agent in agents_in(folder, [identity], around):
                    found.setdefault(agent.pid, agent)
    closed = 0 if told else len(around.closed - found.keys())
    return Agents(tuple(found[pid] for pid in sorted(found)), closed, tuple(sorted(patience.unlooked)))


def list_registered(folder: Folder, owner: Owner | int) -> list[Identity]:
    with suppress(OSError, ProcessError), acting_as(owner):
        if folder.root is None:
            remove_dead_agents(folder.reached, sanitize_host(gethostname()))
        return find_registered(folder.reached)
    return []


def look_for(folder: Folder, owner: Owner) -> list[Identity]:
    with acting_as(owner):
        return find_registered(folder.reached)


def agents_in(folder: Folder, registered: list[Identity], around: Surroundings) -> Iterator[Agent]:
    """Those of the registered processes that live and are seen from here."""
    for identity in registered:
        for seen in around.find(identity):
            if (owner := owner_of_seen(seen)) is None:
                continue
            with suppress(ProcessError):
                own = folder if folder.root is None else fold(seen.state.pid, folder.path, owner)
                if agent := read_as_owner(seen, own, owner) or read_as_owner(seen, folder, owner):
                    yield agent


def folders_around(around: Surroundings, patience: Patience) -> Iterator[tuple[Folder, Owner | int]]:
    """Each directory in which an agent may be, once on each disk that processes see, with the user who is told of it."""
    yield from folders_among(own_directories())
    looked = set()
    for pid, mount in around.mounts.items():
        if (teller := owner_of_process(pid)) is None or not patience.allows(teller.user):
            continue
        with patience.used_by(teller.user):
            told = told_by(pid)
        for path, owner in told:
            if (mount, path, owner) not in looked:
                looked.add((mount, path, owner))
                yield fold(pid, path, owner), owner


def told_by(pid: int) -> list[tuple[Path, Owner]]:
    """Where a process's agent may be, and whose choice that is; nothing where its number becomes another one's meanwhile."""
    seen, owner = read_process(pid), owner_of_process(pid)
    if seen is None or owner is None:
        return []
    paths, now = paths_of(pid, owner.user), read_process(pid)
    return [(path, owner) for path in paths if now and now.started_ticks == seen.started_ticks]


def folders_among(paths: list[Path]) -> Iterator[tuple[Folder, int]]:
    """Directories that we know, each with its owner."""
    for path in paths:
        with suppress(OSError):
            yield Folder(path), path.lstat().st_uid


def folders_for(pid: int, directory: Path | None) -> list[Folder]:
    """Where the agent of a process may have registered it: as asked, as we or it are told, by default."""
    told, owner = told_to_us(), owner_of_process(pid)
    if directory is not None:
        known = [directory]
    else:
        known = [*([told] if told else []), *paths_of(pid, os.geteuid() if owner is None else owner.user)]
    folders = [*map(Folder, known), *(fold(pid, path, owner) for path in known)]
    return list({folder.shown: folder for folder in folders}.values())


def told_to_us() -> Path | None:
    named = os.environ.get("HEAPDIFF_DIR")
    return Path(named).expanduser() if named else None


def own_directories() -> list[Path]:
    """The default one; as root everybody's that his own number names, up to some."""
    ours = default_directory()
    named = (name for name in list_entries(ours.parent) if name.startswith("heapdiff-"))
    theirs = (ours.parent / name for name in named if is_its_users(ours.parent / name))
    return sorted({ours, *(islice(theirs, MAX_DIRECTORIES) if os.geteuid() == 0 else ())})


def is_its_users(path: Path) -> bool:
    """Whether a default directory is the user's whom it is named after: others can take any other name there."""
    with suppress(OSError):
        return path.name == f"heapdiff-{path.lstat().st_uid}"
    return False


def _why_nowhere(folders: list[Folder], owner: Owner) -> str:
    """Why an agent can't register in one of the directories that it would use; empty where it can."""
    for folder in folders:
        with acting_as(owner):
            refusal = foresee_refusal(folder.reached)
        if refusal:
            named = shorten(refusal.replace(str(folder.reached), str(folder.shown)))
            return f"An agent couldn't write there: {named}. Fix that or set HEAPDIFF_DIR, and restart it."
    return ""


def _where_else(pid: int, folders: list[Folder], owner: Owner) -> str:
    """When a process gets its agent, or who has one: its children, as under gunicorn's master. Empty where that isn't known."""
    if workers := children_among(pid, folders, owner):
        return f"Its workers have one: name {' '.join(map(str, workers))} instead."
    if (read_text(f"/proc/{pid}/comm") or "").strip() == "uwsgi":
        return "A uWSGI worker gets its agent with the first request that Flask handles: send it one."
    return ""


def find_workers(pid: int, directory: Path | None) -> list[Agent]:
    """The processes with an agent that a process started, as a server's master does; by PID."""
    owner = owner_of_process(pid)
    return [] if owner is None else list(children_among(pid, folders_for(pid, directory), owner).values())


def children_among(pid: int, folders: list[Folder], owner: Owner) -> dict[int, Agent]:
    around = look_around()
    agents = (agent for folder in folders for agent in agents_in(folder, look_for(folder, owner), around))
    children = {
        agent.pid: agent for agent in agents if (state := read_process(agent.pid)) and state.parent == pid
    }
    return dict(sorted(children.items()))
