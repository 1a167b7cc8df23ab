"""The processes that are investigated: who they are, taking a snapshot of one, who came in its place, sampling meanwhile."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from heapdiff.agent.system.memory_limits import KillCounter, find_kill_counter
from heapdiff.agent.system.procfs import read_process
from heapdiff.cli.investigation.following import SHOTS, Followed, Shot
from heapdiff.cli.streams import say
from heapdiff.errors import HeapdiffError, ProcessError

if TYPE_CHECKING:
    from heapdiff.cli.processes.snapshot import TimeLimit
    from heapdiff.remote.finding import Agent

EVERY: Final = 64_000  # bytes from one sample to the next: what leaks 512 kB is named
LOOKING_S: Final = 1.0
WORKER: Final = "worker"


def find_named(pids: Iterable[int], directory: Path | None) -> list[Followed]:
    """Those with these numbers; for a server's master its workers. Raises ProcessError where there is none."""
    from heapdiff.cli.failure import explain
    from heapdiff.remote.attaching import offer
    from heapdiff.remote.finding import find_agent, find_workers

    found: dict[int, Agent] = {}
    missing: list[HeapdiffError] = []
    for pid in pids:
        try:
            found[pid] = find_agent(pid, directory)
        except ProcessError as error:
            workers = find_workers(pid, directory)
            found.update({each.pid: each for each in workers})
            if workers:
                named = ", ".join(str(each.pid) for each in workers)
                say(f"heapdiff: process {pid} has no agent itself; looking into its workers: {named}")
            else:
                missing.append(offer(pid, error, "investigate"))
    if not found:
        raise missing[0]
    for told in missing:
        explain(told).report()
    return [follow(agent) for agent in found.values()]


def find_all(directory: Path | None, limit: TimeLimit) -> list[Followed]:
    """Every process with an agent. Raises ProcessError where there is none."""
    from heapdiff.cli.processes.absence import nobody
    from heapdiff.cli.processes.snapshot import find_everyone

    agents = find_everyone(directory, limit)
    if not agents:
        raise nobody(directory)
    return [follow(agent) for agent in agents.values() if agent is not None]


def follow(agent: Agent) -> Followed:
    state = read_process(agent.pid)
    return Followed(agent, 0 if state is None else state.parent)


@dataclass(slots=True)
class Workers:
    """Access to running processes by their agents. `known`: who was there from the beginning; `kills`: by PID, what the kernel
    counts for its control group; `said`: directories that our user named; `wait_s`: for each snapshot."""

    directory: Path | None
    force: bool
    wait_s: float
    known: Collection[int]
    kills: Mapping[int, KillCounter | None]
    said: Collection[Path | None] = ()

    def take(self, process: Followed, number: int) -> Shot:
        from heapdiff.agent.engines.contract import Wish
        from heapdiff.cli.processes.capturing import Order, Written, capture, read_as
        from heapdiff.remote.waiting import out_of_time

        wish = Wish(label=f"investigate {number} of {SHOTS}", force=self.force)
        order = Order(wish, self.directory, said=self.said)
        for _, told in capture({process.pid: process.agent}, order, time.monotonic() + self.wait_s):
            if isinstance(told, HeapdiffError):
                raise told
            if isinstance(told, Written):
                return Shot(told, read_as(told.owner, told.reached))
        raise out_of_time(process.pid)

    def is_alive(self, process: Followed) -> bool:
        return process.agent.record.is_alive()

    def was_killed(self, process: Followed) -> bool:
        counter = self.kills.get(process.pid)
        return counter is not None and counter.has_grown()

    def find_successor(self, process: Followed) -> int | None:
        """A worker that wasn't there before, started by the same process. None also where it has no agent yet."""
        from heapdiff.remote.finding import find_agents

        if process.agent.record.role != WORKER:
            return None
        folder = process.agent.folder
        where = self.directory or (folder.path if folder.root is None else None)
        around = find_agents(where, time.monotonic() + LOOKING_S)
        return next((each.pid for each in around.found if self._may_follow(each, process)), None)

    def _may_follow(self, agent: Agent, process: Followed) -> bool:
        state = read_process(agent.pid)
        return agent.pid not in self.known and state is not None and state.parent == process.parent


def get_access(processes: Sequence[Followed], directory: Path | None, force: bool, wait_s: float) -> Workers:
    """To processes as they are now."""
    from heapdiff.remote.finding import find_agents, told_to_us

    pids = {each.pid for each in processes}
    known = pids | {each.pid for each in find_agents(directory).found}
    kills = {pid: find_kill_counter(pid) for pid in pids}
    return Workers(directory, force, wait_s, known, kills, (directory, told_to_us()))


@contextmanager
def sampling(processes: Sequence[Followed], seconds: int) -> Iterator[None]:
    """Have those sample that don't, until the block ends, or by themselves after so many seconds at the latest."""
    from heapdiff.remote.describing import OFF, STATE, on, sample_all

    agents = [process.agent for process in processes]
    idle = [
        agent
        for agent, told in zip(agents, sample_all(agents, STATE), strict=True)
        if isinstance(told, HeapdiffError) or told.sample is None
    ]
    started = []
    for agent, told in zip(idle, sample_all(idle, on(EVERY, seconds)), strict=True):
        if isinstance(told, HeapdiffError):
            say(f"heapdiff: {told.message}; continuing without samples")
        else:
            started.append(agent)
    try:
        yield
    finally:
        for told in sample_all([agent for agent in started if agent.record.is_alive()], OFF):
            if isinstance(told, HeapdiffError):
                say(f"heapdiff: {told.message}; sampling ends by itself")
