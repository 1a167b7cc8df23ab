"""`heapdiff snapshot`: ask processes for a snapshot and wait for it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from heapdiff.cli.options import NamedPath, complete_pid, directory_option
from heapdiff.cli.streams import print_line, say
from heapdiff.errors import HeapdiffError, ProcessError, UsageError

if TYPE_CHECKING:
    from heapdiff.cli.processes.capturing import Order
    from heapdiff.remote.finding import Agent

WAIT_S: float = 60
ASKING_S = 5.0
FINDING_S = 1.0  # at least; else half of the time, and the other half is for asking


@click.command(short_help="Ask running processes for a snapshot.")
@click.argument("pids", metavar="[PID]...", nargs=-1, type=click.IntRange(min=1), shell_complete=complete_pid)
@click.option("--all", "everyone", is_flag=True, help="Ask every process that has an agent.")
@click.option(
    "--wait", "wait_s", metavar="S", type=click.FloatRange(min=0), default=WAIT_S, show_default=True,
    help="Wait at most S seconds, for all processes together; 0 doesn't wait for the files.",
)  # fmt: skip
@click.option("--label", metavar="TEXT", help="Store TEXT in the snapshot, to tell it from others.")
@click.option("--no-graph", is_flag=True, help="Write the summary (.json) only: types, no references.")
@click.option(
    "--values", is_flag=True,
    help="Also write the contents of strings, bytes and numbers (the first 100 bytes of each). This is your users' data.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Take it even where memory or disk looks too short.")
@click.option(
    "--to", metavar="PATH", type=NamedPath(),
    help="Write to the directory PATH instead of the process's own; it's created if need be.",
)  # fmt: skip
@click.option(
    "--attach", "may_attach", is_flag=True, help="First load the agent into processes that have none."
)
@click.option("--yes", is_flag=True, help="Don't ask before attaching.")
@directory_option()
@click.pass_context
def snapshot(
    ctx: click.Context,
    pids: tuple[int, ...],
    everyone: bool,
    wait_s: float,
    label: str | None,
    no_graph: bool,
    values: bool,
    force: bool,
    to: Path | None,
    may_attach: bool,
    yes: bool,
    directory: Path | None,
) -> None:
    """Ask the given processes for a snapshot each, wait, and print the path of each .json on its own line, as soon as it's
    complete.

    The worker keeps serving; it pauses only for a single fork. It is asked through its agent's socket, which
    interrupts nothing. A signal is sent only to an agent that couldn't open a socket: the snapshot then has no label, and
    --no-graph, --values, --force and --to are refused. No other process is ever signalled.

    \b
      heapdiff snapshot 4242
      heapdiff snapshot --all --label "after the load test"
    """
    from heapdiff.agent.engines.contract import Wish
    from heapdiff.cli.processes.absence import nobody
    from heapdiff.cli.processes.capturing import Order
    from heapdiff.remote.finding import told_to_us

    if bool(pids) == everyone:
        raise UsageError(
            f"snapshot: {'give either PIDs or --all, not both' if everyone else 'give PIDs, or --all'}",
            "Try: heapdiff snapshot --help",
        )
    if values and no_graph:
        raise UsageError(
            "snapshot: --values are stored in the graph, which --no-graph leaves out",
            "Give only one of the two.",
        )
    limit = TimeLimit(wait_s)
    if may_attach:
        load_agents(pids, directory, limit, yes)
    wanted = dict.fromkeys(pids) or find_everyone(directory, limit)
    if not wanted:
        raise nobody(directory)
    wish = Wish(graph=not no_graph, label=label, values=values, force=force)
    said = (directory, to and to.absolute(), told_to_us())
    if not _take_all(wanted, Order(wish, directory, to, said), limit):
        ctx.exit(ProcessError.exit_code)


class TimeLimit:
    """The time that the user gave for the command as a whole; it stands still while he is asked something.

    Without waiting there is still some to ask in.
    """

    def __init__(self, wait_s: float) -> None:
        self.wait_s = wait_s
        self.last = time.monotonic() + (wait_s or ASKING_S)

    def left(self) -> float:
        return max(0.0, self.last - time.monotonic())

    @contextmanager
    def stopped(self) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.last += time.monotonic() - began


def _take_all(wanted: Mapping[int, Agent | None], order: Order, limit: TimeLimit) -> bool:
    """Ask all side by side and print each path as soon as its files are complete; whether all came, or were asked.

    Why the others did not is said.
    """
    from heapdiff.cli.failure import explain
    from heapdiff.cli.processes.capturing import Written, capture, tell_notes
    from heapdiff.remote.asking import NO_TICKET
    from heapdiff.remote.attaching import offer

    failed = 0
    for pid, told in capture(wanted, order, limit.last, wait=bool(limit.wait_s)):
        if isinstance(told, HeapdiffError):
            failed += 1
            explain(offer(pid, told)).report()
        elif isinstance(told, Written):
            print_line(str(told.path))
            tell_notes(told.reached, told.owner)
        elif order.wish.label and told.ticket == NO_TICKET:
            say(
                f"heapdiff: process {pid}: it has no socket; a signal was sent instead, so the snapshot has no label"
            )
    return not failed


def find_everyone(directory: Path | None, limit: TimeLimit) -> dict[int, Agent | None]:
    """Every agent, by PID; how many processes could not be looked into is said."""
    from heapdiff.cli.processes.ps import tell_closed, tell_unlooked
    from heapdiff.remote.finding import find_agents

    agents = find_agents(directory, time.monotonic() + max(FINDING_S, limit.left() / 2))
    tell_closed(agents.closed)
    tell_unlooked(agents.unlooked)
    return {agent.pid: agent for agent in agents.found}


def load_agents(pids: tuple[int, ...], directory: Path | None, limit: TimeLimit, yes: bool) -> None:
    """Load the agent into those that have none, after a word about what that does."""
    from heapdiff.remote.attaching import attach, is_prepared, require_attachable
    from heapdiff.remote.holding import held

    for pid in pids:
        if is_prepared(pid, directory):
            continue
        with held(pid) as process:
            require_attachable(process)
            with limit.stopped():
                agreed = yes or _agrees(pid)
            if not agreed:
                raise ProcessError(f"process {pid}: still has no agent", "Nothing was loaded into it.")
            attach(process, directory, limit.left())


def _agrees(pid: int) -> bool:
    """Whether the user, told what that does, wants it. Raises UsageError where nobody can be asked."""
    if not sys.stdin.isatty():
        raise UsageError(
            f"process {pid} has no agent, and there is no terminal to ask whether to load one", "Add --yes."
        )
    say(f"Process {pid} has no agent. Its main thread would load heapdiff between two")
    say("steps of its program; two threads and a socket stay until it ends. The process")
    say("isn't stopped and gets no signal.")
    try:
        return click.confirm("Load it?", err=True)
    except click.Abort:
        say("")  # ends the question's line
        raise
