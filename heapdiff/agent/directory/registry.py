"""What a process says about its agent, for `heapdiff ps` and `heapdiff snapshot`: a record, private to the user.

It stands beside the snapshots while an agent is installed; its socket goes with it. The name of both is the process's identity,
for containers that share a directory number their processes alike.
"""

import contextlib
import os
import signal
from pathlib import Path
from typing import Final, NamedTuple

from heapdiff.agent.directory.access import is_abandoned
from heapdiff.agent.directory.names import RECORD, SOCKET, find_registered
from heapdiff.agent.directory.private_files import encode, read_private, write_private
from heapdiff.agent.system.identity import Identity, Seen, own_identity, parse_identity, see_process
from heapdiff.agent.system.procfs import catches_signal, read_process
from heapdiff.fields import Fields, parse_fields

SCHEMA: Final = "agent/1"
MAX_RECORD_BYTES: Final = 65536
MAX_READ: Final = 100  # records of ended processes, each time that some are cleared away
FIRST_NAMESPACE: Final = 0xEFFFFFFC  # in which every kernel starts: its processes are in no container


class AgentRecord(NamedTuple):
    """One process with an agent in it. `signal` 0: not armed, endpoints and API only; `obstacle` may say why.

    `pid` and `started_ticks` are as the process itself sees them in the file, and as the reader sees them once it is read.
    `socket`: it listens, as every agent does that can; where nobody answers then, another program may run there.
    """

    pid: int
    started_ticks: int
    image: int
    signal: int
    engine: str
    engine_reason: str
    directory: str
    server: str | None
    role: str
    armed_at: str
    heapdiff: str
    host: str = ""
    obstacle: str = ""
    socket: bool = True
    identity: str = ""

    def is_alive(self) -> bool:
        """Whether the process that wrote this still runs, and still runs the same program."""
        now = read_process(self.pid)
        if now is None or now.started_ticks != self.started_ticks:
            return False
        return not (now.image and self.image) or now.image == self.image

    def catches_its_signal(self) -> bool:
        """Whether the process would survive the signal at this moment."""
        return bool(self.signal and catches_signal(self.pid, self.signal))

    @property
    def known_as(self) -> Identity:
        """Who wrote it, with the number that it has for itself. Earlier versions only said a number."""
        return parse_identity(self.identity) or Identity(self.pid)


def write_agent(directory: Path, record: AgentRecord) -> None:
    write_private(directory / RECORD.format(record.known_as), encode({"schema": SCHEMA, **record._asdict()}))


def read_agent(directory: Path, pid: int) -> AgentRecord | None:
    """The record of the process that has this number here; None where there is none that this user wrote."""
    seen = see_process(pid)
    return None if seen is None else read_agent_of(directory, seen)


def read_agent_of(directory: Path, seen: Seen) -> AgentRecord | None:
    """The record of a process, with the numbers that it has here.

    One of an earlier version goes by the number alone, and says by its start whether it is this process's.
    """
    for identity in (seen.identity, Identity(seen.identity.pid)):
        record = read_record(directory, identity)
        if record is not None and record.started_ticks == seen.identity.started_ticks:
            return record._replace(pid=seen.state.pid, started_ticks=seen.state.started_ticks)
    return None


def read_record(directory: Path, identity: Identity) -> AgentRecord | None:
    """What stands under a name, with the numbers that its writer has."""
    content = read_private(directory / RECORD.format(identity), MAX_RECORD_BYTES)
    try:
        record = None if content is None else parse_record(parse_fields(content), identity)
    except ValueError:
        return None
    if record is None or record.pid != identity.pid or record.signal >= signal.NSIG:
        return None
    return record


def parse_record(fields: Fields, identity: Identity) -> AgentRecord:
    """What every version writes, and what later ones added. Raises ValueError."""
    return AgentRecord(
        pid=fields.integer("pid"),
        started_ticks=fields.integer("started_ticks"),
        image=fields.integer("image"),
        signal=fields.integer("signal"),
        engine=fields.text("engine"),
        engine_reason=fields.text("engine_reason"),
        directory=fields.text("directory"),
        server=fields.optional_text("server"),
        role=fields.text("role"),
        armed_at=fields.text("armed_at"),
        heapdiff=fields.text("heapdiff"),
        host=fields.text("host", ""),
        obstacle=fields.text("obstacle", ""),
        socket=fields.flag("socket", True),
        identity=str(identity),
    )


def remove_own_agent(directory: Path) -> None:
    remove_files(directory, own_identity())


def remove_files(directory: Path, identity: Identity) -> None:
    for name in (RECORD, SOCKET):
        with contextlib.suppress(OSError):
            os.unlink(directory / name.format(identity))


def remove_dead_agents(directory: Path, host: str) -> None:
    """Clear away what killed processes left behind; other containers and hosts may share the directory.

    Nothing where the system shows processes under other numbers than ours (a PID namespace without a `/proc` of its own).
    """
    own = own_identity()
    seen = see_process(own.pid)
    if seen is None or seen.identity != own:
        return
    for identity in choose_suspects(find_registered(directory), own):
        record = read_record(directory, identity)
        if record is not None and record.host == host and has_ended(directory, record, own):
            remove_files(directory, identity)


def choose_suspects(registered: list[Identity], own: Identity) -> list[Identity]:
    """Those that may have ended, by their names alone; only so many, those first of whom the system says it.

    A process that still runs is one: it may execute another program by now.
    """
    here = [each for each in registered if each.place == own.place]
    beside = [each for each in registered if each.boot == own.boot and each.place != own.place]
    earlier = [
        each
        for each in registered
        if each.boot not in ("", own.boot) and each.namespace == own.namespace == FIRST_NAMESPACE
    ]
    states = {pid: read_process(pid) for pid in {each.pid for each in here}}
    running: list[Identity] = []
    ended: list[Identity] = []
    for each in here:
        state = states[each.pid]
        alive = state is not None and state.started_ticks == each.started_ticks
        (running if alive else ended).append(each)
    return [*running[:MAX_READ], *[*ended, *beside, *earlier][:MAX_READ]]


def has_ended(directory: Path, record: AgentRecord, own: Identity) -> bool:
    """Whether it is certain that the process no longer runs. Of an earlier version's it never is.

    In our PID namespace the system says so. In another one of this boot nobody listens on its socket. Another boot is an
    earlier one of this host only where neither is a container: those of several machines may have one name.
    """
    writer = record.known_as
    if writer.place == own.place:
        return not record.is_alive()
    if writer.boot == own.boot:
        return is_abandoned(directory, SOCKET.format(writer))
    return writer.namespace == own.namespace == FIRST_NAMESPACE
