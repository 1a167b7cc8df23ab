"""What can be said about a process with an agent, from its record, the system, and itself; what it samples or gives back."""

import os
import time
from collections.abc import Generator, Iterable, Iterator
from typing import Final

from heapdiff.agent.directory.registry import AgentRecord
from heapdiff.agent.settings.parsers import signal_name
from heapdiff.agent.system.procfs import read_process, read_resident_bytes
from heapdiff.answers import ArmedProcess, SampledProcess, Trimmed
from heapdiff.errors import CaptureError, HeapdiffError
from heapdiff.fields import Fields, clean
from heapdiff.remote.asking import names_of, obstacle, refusal
from heapdiff.remote.door import Answer, Call, Conversation, conclude, converse
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
        sample=None if answer is None else answer.sample,
    )


def sample_all(agents: Iterable[Agent], order: str) -> Iterator[SampledProcess | HeapdiffError]:
    """What each samples once it has obeyed: `on(…)`, `OFF`, or `STATE`, which changes nothing. Side by side, in their order."""
    talks = [Conversation(agent.pid, sample(agent, order), agent.owner) for agent in agents]
    told = dict(converse(talks))
    return (told[talk] for talk in talks)


STATE: Final = "status"
OFF: Final = "sample off"


def on(interval: int, seconds: int) -> str:
    """For so many seconds; 0: until it's switched off."""
    return f"sample every={interval} for={seconds}"


def sample(agent: Agent, order: str) -> Generator[Call, Answer | None, SampledProcess]:
    identity = agent.record.known_as
    before = yield Call(agent.directory, agent.pid, STATE, identity)
    answer = before
    if order != STATE and before is not None:
        answer = yield Call(agent.directory, agent.pid, order, identity)
    if answer is None:
        raise CaptureError(
            f"process {agent.pid}: its socket doesn't answer", f"See heapdiff doctor {agent.pid}."
        )
    if answer.answer not in ("sample", "status"):
        raise unwilling(agent, answer)
    live = before.sample.live if before and before.sample else 0
    kept = answer.sample and before and before.sample and before.sample.bytes == answer.sample.bytes
    return SampledProcess(agent.pid, answer.sample, order != STATE, 0 if kept or order == STATE else live)


def unwilling(agent: Agent, answer: Answer) -> CaptureError:
    """Why a process doesn't sample as it was told."""
    if answer.answer == "unknown":
        return CaptureError(
            f"process {agent.pid}: its agent, heapdiff {agent.record.heapdiff}, can't sample allocations",
            "Restart the process to load this version.",
        )
    if answer.answer == "refused":
        return CaptureError(f"process {agent.pid}: {answer.reason}", f"See heapdiff doctor {agent.pid}.")
    return CaptureError(
        f"process {agent.pid}: its Python code doesn't run right now, so it will obey later",
        f"heapdiff sample {agent.pid} shows whether it did.",
    )


TRIM: Final = "trim"
UNTRIMMED: Final = {
    "unknown": (
        "its agent, heapdiff {version}, can't trim",
        "Restart the process to load this version.",
    ),
    "refused": ("{reason}", "No memory was given back."),
    "later": ("it takes longer than 2 s, and goes on", "heapdiff ps shows what RSS became of it."),
    "busy": ("it is still at an earlier order", "Try again in a moment."),
}


def trim_process(agent: Agent) -> Trimmed:
    """Have its malloc give free memory back. Raises CaptureError where it doesn't."""
    return conclude(Conversation(agent.pid, trim(agent), agent.owner))


def trim(agent: Agent) -> Generator[Call, Answer | None, Trimmed]:
    answer = yield Call(agent.directory, agent.pid, TRIM, agent.record.known_as)
    if answer is None:
        raise CaptureError(
            f"process {agent.pid}: its socket doesn't answer", f"See heapdiff doctor {agent.pid}."
        )
    if answer.answer != "trim":
        raise untrimmed(agent, answer)
    try:
        return read_trimmed(agent.pid, answer.trim)
    except ValueError as error:
        raise CaptureError(
            f"process {agent.pid}: its answer makes no sense ({error})", f"See heapdiff doctor {agent.pid}."
        ) from error


def read_trimmed(pid: int, told: Fields | None) -> Trimmed:
    """Raises ValueError."""
    if told is None:
        raise ValueError("it doesn't say what it gave back")
    before, after = told.integer("rss_before_bytes"), told.integer("rss_after_bytes")
    return Trimmed(
        pid=pid,
        allocator=told.text("allocator"),
        rss_before_bytes=before,
        rss_after_bytes=after,
        given_back_bytes=max(before - after, 0),
        free_bytes=told.optional_integer("free_before_bytes"),
        took_ms=round(told.integer("took_us") / 1000, 3),
    )


def untrimmed(agent: Agent, answer: Answer) -> CaptureError:
    """Why a process gave nothing back, or doesn't say what."""
    said, todo = UNTRIMMED.get(answer.answer, UNTRIMMED["unknown"])
    known = answer.trim.content.get("allocator") if answer.trim else None
    named = f" ({clean(known[:80])})" if isinstance(known, str) else ""
    words = {"version": agent.record.heapdiff, "reason": answer.reason + named}
    return CaptureError(f"process {agent.pid}: {said.format(**words)}", todo)


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
