"""The checks of `doctor` for one process: whether it can be asked, and whether there is room for the answer."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from heapdiff.agent.directory.pruning import snapshots_of
from heapdiff.agent.directory.registry import AgentRecord
from heapdiff.agent.engines.choice import AS_ASKED
from heapdiff.agent.engines.headroom import NEEDS, CaptureHistory, CaptureSize, Room, judge_headroom
from heapdiff.agent.settings.parsers import signal_name
from heapdiff.agent.system.procfs import read_resident_bytes, read_table_bytes
from heapdiff.answers import Check, CheckState
from heapdiff.cli.processes.checks import REINSTALL, check_directory
from heapdiff.errors import HeapdiffError, NoAgentError, NowhereError, ProcessError
from heapdiff.remote.asking import names_of, obstacle, refusal
from heapdiff.remote.door import Answer, ask_status
from heapdiff.remote.finding import Agent, find_agent
from heapdiff.remote.rights import acting_as
from heapdiff.render.amounts import count, elapsed, size
from heapdiff.snapshot import read_snapshot

UNSET = "Start it without HEAPDIFF_ENGINE (run --engine) to use the faster native engine."
LACKS = {
    Room.SUMMARY: "no graph",
    Room.TRACKED: "no graph, and types only of what the garbage collector tracks,",
    Room.FIGURES: "no graph and no types, only the process's memory,",
}
RECENT = 10  # snapshots that are read, each as large as a summary may be
OK, LIMITED, BROKEN = CheckState.OK, CheckState.LIMITED, CheckState.BROKEN


def check_process(pid: int, directory: Path | None = None) -> Iterator[Check]:
    """Agent, engine, ways to ask, directory, headroom, last capture. Without an agent, only that."""
    try:
        agent = find_agent(pid, directory)
    except ProcessError as error:
        yield Check("agent", BROKEN, error.message, error.hint)
        if isinstance(error, NoAgentError):
            yield check_attach(pid, " --dir DIR" if isinstance(error, NowhereError) else "")
        return
    with acting_as(agent.owner):
        checks = list(_check_agent(agent))
    yield from checks


def _check_agent(agent: Agent) -> Iterator[Check]:
    record = agent.record
    where = ", ".join(filter(None, (record.server, record.role, f"armed at {record.armed_at}")))
    yield Check("agent", OK, f"heapdiff {record.heapdiff} in process {agent.pid} ({where})", "")
    yield check_engine(record.engine, record.engine_reason)
    answer = ask_status(agent.directory, agent.pid, record.known_as)
    yield from _check_ways(record, answer)
    yield from check_sampling(record, answer)
    yield check_directory(agent.directory)
    yield check_headroom(agent)
    yield _check_last(agent, answer)


def check_engine(name: str, reason: str) -> Check:
    found = f"{name}: {reason}"
    if name == "native":
        return Check("engine", OK, found, "")
    return Check("engine", LIMITED, found, UNSET if reason == AS_ASKED else REINSTALL)


def _check_ways(record: AgentRecord, answer: Answer | None) -> Iterator[Check]:
    """Socket and signal: one of them is enough, but where a socket was, only it is used."""
    if answer is None and not record.socket:
        yield Check("socket", LIMITED, "there is none; the signal is used, which can end waits early", "")
    elif answer is None and (silent := refusal(record)):
        yield Check("socket", BROKEN, silent.message, silent.hint)
    elif answer is not None:
        counted = "" if answer.requests is None else f", {count(answer.requests)} requests served"
        yield Check("socket", OK, f"it answers: {answer.state}{counted}", "")
    trouble = obstacle(record)
    if trouble is None:
        yield Check("signal", OK, f"{signal_name(record.signal)} is caught", "")
    elif answer is None:
        yield Check("signal", BROKEN, trouble.message, trouble.hint)
    elif not record.signal and not record.obstacle:  # as it was asked to, or attached to
        yield Check("signal", OK, "none; the socket is used", "")
    else:
        found = record.obstacle or "not caught now"
        yield Check(
            "signal", LIMITED, found, "The socket is used. To use kill -USR2 as well, set HEAPDIFF_SIGNAL."
        )


def check_sampling(record: AgentRecord, answer: Answer | None) -> Iterator[Check]:
    """Whether allocations are sampled; nothing where the process doesn't say."""
    if answer is None:
        return
    if answer.sample is None:
        able = record.engine == "native"
        todo = f"To see which code allocates: heapdiff sample {record.pid} on" if able else ""
        yield Check("sampling", OK, "off", todo)
    else:
        now = answer.sample
        left = "" if now.seconds_left is None else f", {elapsed(now.seconds_left)} left"
        yield Check("sampling", OK, f"one allocation per {size(now.bytes)}, {count(now.live)} live{left}", "")


def check_headroom(agent: Agent) -> Check:
    """Memory and disk, judged as the agent does before each capture."""
    resident = read_resident_bytes(agent.pid)
    if resident is None:
        return Check("headroom", LIMITED, "unknown: the system doesn't say how large the process is", "")
    needs = NEEDS.get(agent.record.engine, NEEDS["gc"])
    expected = CaptureSize(agent.directory, resident, read_table_bytes(agent.pid), _history(agent))
    found = judge_headroom(needs, expected, agent.pid)
    if found.room is Room.GRAPH:
        return Check("headroom", OK, f"{size(resident)} resident, and room for a snapshot with the graph", "")
    lack = "There are no snapshots" if found.room is Room.NONE else f"Snapshots have {LACKS[found.room]}"
    return Check(
        "headroom",
        LIMITED,
        f"{size(resident)} resident; {found.reason}",
        f"{lack} until more is free, or with --force.",
    )


def _history(agent: Agent) -> CaptureHistory:
    """What its last captures cost, as far as their files say it; the next one is judged by that."""
    copied: int | None = None
    for name in reversed(snapshots_of(agent.directory, agent.record.known_as)[-RECENT:]):
        with suppress(HeapdiffError):
            summary = read_snapshot(agent.directory / f"{name}.json").summary
            copied = summary.capture.copied_bytes if copied is None else copied
            if summary.graph is not None:
                return CaptureHistory(summary.graph.bytes, summary.memory.rss_bytes, copied)
    return CaptureHistory(copied_bytes=copied or 0)


def _check_last(agent: Agent, answer: Answer | None) -> Check:
    """What the socket says of it; where none answers, the newest file, for a failure is only in the process's log."""
    name = "last capture"
    if answer is None:
        newest = max(names_of(agent.directory, agent.record.known_as), default="none yet")
        return Check(name, OK, f"{newest}; if a later one failed, the process's log says why", "")
    if answer.state == "failed":
        todo = f"Fix that, then: heapdiff snapshot {agent.pid}"
        return Check(name, LIMITED, f"failed: {answer.error}", todo)
    words = {"idle": "none yet", "running": "being taken now"}
    return Check(name, OK, words.get(answer.state, answer.name.removesuffix(".json")), "")


def check_attach(pid: int, options: str = "") -> Check:
    """Whether a snapshot can be had without preparation; `options` are what the command needs besides."""
    from heapdiff.remote.attaching import refusal_of

    trouble = refusal_of(pid)
    if trouble is None:
        return Check("attach", OK, f"possible: heapdiff snapshot {pid} --attach{options}", "")
    return Check("attach", LIMITED, trouble.reason, trouble.hint)
