"""`heapdiff snapshot`: ask processes for a snapshot and wait for it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from heapdiff.cli.options import complete_pid, directory_option
from heapdiff.cli.streams import behind, beside, print_line, say
from heapdiff.errors import HeapdiffError, ProcessError, UsageError

if TYPE_CHECKING:
    from rich.progress import TaskID

    from heapdiff.agent.engines.contract import Wish
    from heapdiff.remote.asking import Asked
    from heapdiff.remote.finding import Agent
    from heapdiff.remote.rights import Owner
    from heapdiff.remote.waiting import Progress

WAIT_S = 60.0
ASKING_S = 5.0
FINDING_S = 1.0  # at least; else half of the time, and the other half is for asking


@click.command(short_help="Ask running processes for a snapshot.")
@click.argument("pids", metavar="[PID]...", nargs=-1, type=click.IntRange(min=1), shell_complete=complete_pid)
@click.option("--all", "everyone", is_flag=True, help="Ask every process that has an agent.")
@click.option(
    "--wait", "wait_s", metavar="S", type=click.FloatRange(min=0), default=WAIT_S, show_default="60",
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
    "--to", metavar="PATH", type=click.Path(path_type=Path),
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
    clock = _Clock(wait_s)
    if may_attach:
        _attach(pids, directory, clock, yes)
    wanted = dict.fromkeys(pids) or _everyone(directory, clock)
    if not wanted:
        raise nobody(directory)
    wish = Wish(graph=not no_graph, label=label, values=values, force=force)
    said = (directory, to and to.absolute(), told_to_us())
    if not _take_all(wanted, directory, wish, to, clock, said):
        ctx.exit(ProcessError.exit_code)


class _Clock:
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


def _take_all(
    wanted: Mapping[int, Agent | None],
    directory: Path | None,
    wish: Wish,
    to: Path | None,
    clock: _Clock,
    said: Collection[Path | None],
) -> bool:
    """Ask all side by side and print each path as soon as its files are complete; whether all came, or were asked.

    Why the others did not is said.
    """
    from heapdiff.cli.failure import explain
    from heapdiff.cli.processes.places import place_of
    from heapdiff.remote.asking import NO_TICKET, Asked, begin
    from heapdiff.remote.attaching import offer
    from heapdiff.remote.waiting import Progress, out_of_time, take_all

    questions, failed = {}, 0
    asked: dict[int, Asked] = {}
    for pid, agent in wanted.items():
        try:
            if not clock.left():
                raise out_of_time(pid)
            questions[pid] = begin(pid, directory, wish, agent, to)
        except HeapdiffError as error:
            failed += 1
            explain(offer(pid, error)).report()
    with _progress(len(questions) if clock.wait_s else 0) as show:
        for pid, told in take_all(questions, clock.last, wait=bool(clock.wait_s)):
            show(pid, told)
            done = place_of(asked[pid], told.name, said) if isinstance(told, Progress) and told.name else told
            if isinstance(done, HeapdiffError):
                failed += 1
                explain(offer(pid, done)).report()
            elif isinstance(done, Asked):
                asked[pid] = done
                if wish.label and done.ticket == NO_TICKET:
                    say(
                        f"heapdiff: process {pid}: it has no socket; a signal was sent instead, so the snapshot has "
                        "no label"
                    )
            elif isinstance(done, Path):
                print_line(str(done))
                tell_notes(asked[pid].reach(done.stem), asked[pid].owner)
    return not failed


def _everyone(directory: Path | None, clock: _Clock) -> dict[int, Agent | None]:
    from heapdiff.cli.processes.ps import tell_closed, tell_unlooked
    from heapdiff.remote.finding import find_agents

    agents = find_agents(directory, time.monotonic() + max(FINDING_S, clock.left() / 2))
    tell_closed(agents.closed)
    tell_unlooked(agents.unlooked)
    return {agent.pid: agent for agent in agents.found}


def _attach(pids: tuple[int, ...], directory: Path | None, clock: _Clock, yes: bool) -> None:
    """Load the agent into those that have none, after a word about what that does."""
    from heapdiff.remote.attaching import attach, is_prepared
    from heapdiff.remote.holding import held

    for pid in pids:
        if is_prepared(pid, directory):
            continue
        with held(pid) as process:
            with clock.stopped():
                agreed = yes or _agrees(pid)
            if not agreed:
                raise ProcessError(f"process {pid}: still has no agent", "Nothing was loaded into it.")
            attach(process, directory, clock.left())


def _agrees(pid: int) -> bool:
    """Whether the user, told what that does, wants it. Raises UsageError where nobody can be asked."""
    if not sys.stdin.isatty():
        raise UsageError(
            f"process {pid} has no agent, and there is no terminal to ask whether to load one", "Add --yes."
        )
    say(
        f"Process {pid} has no agent. Its main thread would load heapdiff between two steps of its program; two"
    )
    say("threads and a socket stay until it ends. The process isn't stopped and gets no signal.")
    return click.confirm("Load it?", err=True)


def tell_notes(path: Path, owner: Owner | None = None) -> None:
    """What the snapshot lacks, and why. It's opened as its owner does: anything may stand there by now."""
    from heapdiff.remote.rights import acting_as
    from heapdiff.snapshot import read_snapshot

    with suppress(HeapdiffError):
        with acting_as(owner):
            notes = read_snapshot(path).summary.notes
        for note in notes:
            say(f"heapdiff: {path.name}: {note}")


@contextmanager
def _progress(processes: int) -> Iterator[Callable[[int, Asked | Progress | HeapdiffError], None]]:
    """A line per process on standard error that says how many objects were walked; nothing without a terminal."""
    if not processes or not sys.stderr.isatty():
        yield lambda _pid, _told: None
        return
    from heapdiff.render.terminal.console import make_bars

    bars = make_bars(behind(sys.stderr), timed=True)
    with beside(bars):
        lines: dict[int, TaskID] = {}

        def show(pid: int, told: Asked | Progress | HeapdiffError) -> None:
            if isinstance(told, HeapdiffError) or getattr(told, "name", None) is not None:
                if pid in lines:
                    bars.remove_task(lines.pop(pid))
                return
            text = f"process {pid}: {getattr(told, 'objects_so_far', 0):,} objects"
            if pid in lines:
                bars.update(lines[pid], description=text)
            else:
                lines[pid] = bars.add_task(text, total=None)

        yield show
