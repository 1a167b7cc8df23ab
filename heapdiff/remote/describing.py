"""What can be said about a process with an agent: from its record, from the system, and by asking it."""

import os
import time
from collections.abc import Generator, Iterable, Iterator

from heapdiff.agent.directory.registry import AgentRecord
from heapdiff.agent.settings.parsers import signal_name
from heapdiff.agent.system.procfs import read_process, read_resident_bytes
from heapdiff.answers import ArmedProcess
from heapdiff.errors import HeapdiffError
from heapdiff.remote.asking import names_of, obstacle, refusal
from heapdiff.remote.door import Answer, Call, Conversation, converse
from heapdiff.remote.finding import Agent


def describe_all(agents: Iterable[Agent]) -> Iterator[ArmedProcess | HeapdiffError]:
    """What can be said about each, in their order; they are asked side by side."""
    talks = [Conversation(agent.pid, describe(agent), agent.owner) for agent in agents]
    told = dict(converse(talks))
    return (told[talk] for talk in talks)


def describe(agent: Agent) -> Generator[Call, Answer | None, ArmedProcess]:
    record, identity = agent.record, agent.record.known_as
    answer = yield Call(agent.directory, agent.pid, "status", identity)
    snapshots = len(names_of(agent.directory, identity))
    number = record.signal if record.catches_its_signal() else 0
    used = bool(number) and not record.socket
    return ArmedProcess(
        pid=agent.pid,
        role=record.role,
        server=record.server,
        uptime_s=round(uptime_of(agent.pid), 1),
        rss_bytes=read_resident_bytes(agent.pid),
        requests=None if answer is None else answer.requests,
        snapshots=snapshots,
        armed=answer is not None or used,
        signal=signal_name(number) if number else None,
        socket=answer is not None,
        reason=restriction(record, answered=answer is not None),
        engine=record.engine,
        directory=str(agent.folder.shown),
        heapdiff=record.heapdiff,
        own_pid=identity.pid,
    )


def restriction(record: AgentRecord, *, answered: bool) -> str:
    """Why it cannot be asked, or not in every way; empty where nothing is amiss."""
    trouble = obstacle(record) if answered else refusal(record)
    if trouble is None:
        return "" if answered else "it has no socket; its signal is used, which can end waits early"
    reason = trouble.message.removeprefix(f"process {record.pid}: ")
    if answered:
        return record.obstacle or (reason if record.signal else "")
    return reason


def uptime_of(pid: int) -> float:
    """Seconds since a process started; 0.0 where the system does not say."""
    state = read_process(pid)
    if state is None:
        return 0.0
    return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - state.started_ticks / os.sysconf("SC_CLK_TCK"))
