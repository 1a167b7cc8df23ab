"""`heapdiff snapshot`: ask processes for a snapshot and wait for it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from heapdiff.cli.options import directory_option
from heapdiff.errors import HeapdiffError, ProcessError, UsageError

if TYPE_CHECKING:
    from rich.progress import TaskID

    from heapdiff.remote.asking import Asked
    from heapdiff.remote.waiting import Progress

WAIT_S = 60.0


@click.command(short_help="Ask running processes for a snapshot.")
@click.argument("pids", metavar="PID...", nargs=-1, type=click.IntRange(min=1))
@click.option("--all", "everyone", is_flag=True, help="Ask every process that has an agent.")
@click.option(
    "--wait", "wait_s", metavar="S", type=click.FloatRange(min=0), default=WAIT_S, show_default="60",
    help="Wait at most S seconds for the files; 0 does not wait.",
)  # fmt: skip
@click.option("--label", metavar="TEXT", help="Write TEXT into the snapshot, to tell it from others.")
@click.option("--no-graph", is_flag=True, help="Write the summary (.json) only: types, no references.")
@click.option(
    "--values", is_flag=True,
    help="Write what strings, bytes and numbers hold, too (each cut to 100 bytes). They are your users' data.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Take it even where memory or disk looks too short.")
@click.option("--attach", "may_attach", is_flag=True, help="Load the agent into processes that have none.")
@click.option("--yes", is_flag=True, help="Do not ask before --attach.")
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
    may_attach: bool,
    yes: bool,
    directory: Path | None,
) -> None:
    """Ask the processes PID for a snapshot, wait for it, and print the path of each .json on a line.

    The worker goes on serving; it stands still only for the fork. It is asked through its agent's socket, or by
    its signal where that does not answer: then the snapshot has no label, and --no-graph, --values and --force are refused.
    A process without an agent is never signalled.

    \b
      heapdiff snapshot 4242
      heapdiff snapshot --all --label "after the load test"
    """
    from heapdiff.agent.engines.contract import Wish
    from heapdiff.cli.failure import explain
    from heapdiff.remote.asking import NO_TICKET, ask
    from heapdiff.remote.finding import find_agents

    if bool(pids) == everyone:
        raise UsageError(
            "snapshot: name processes or say --all, one of the two", "Try: heapdiff snapshot --help"
        )
    if values and no_graph:
        raise UsageError(
            "snapshot: --values writes into the graph, which --no-graph leaves out", "Say one of the two."
        )
    if may_attach:
        _attach(pids, directory, wait_s, yes)
    wanted = list(dict.fromkeys(pids)) or [agent.pid for agent in find_agents(directory)]
    if not wanted:
        hint = "Start the application with HeapDiff(app); name its directory with --dir if it has its own."
        raise ProcessError(f"no process has an agent{f' in {directory}' if directory else ''}", hint)
    asked, failed = [], False
    for pid in wanted:
        try:
            asked.append(
                ask(pid, directory, Wish(graph=not no_graph, label=label, values=values, force=force))
            )
        except HeapdiffError as error:
            explain(error).report()
            failed = True
            continue
        if label and asked[-1].ticket == NO_TICKET:
            click.echo(
                f"heapdiff: process {pid}: its socket does not answer; asked by signal instead, so the snapshot has no label",
                err=True,
            )
    if wait_s:
        failed |= not _print_paths(asked, wait_s)
    if failed:
        ctx.exit(ProcessError.exit_code)


def _attach(pids: tuple[int, ...], directory: Path | None, wait_s: float, yes: bool) -> None:
    """Load the agent into those that have none, after a word about what that does."""
    from heapdiff.remote.attaching import attach, is_prepared

    for pid in pids:
        if is_prepared(pid, directory):
            continue
        if not yes:
            click.echo(
                f"Process {pid} has no agent. Its main thread would load heapdiff into it, between two steps of its\n"
                "program; a thread and a socket stay there until it ends. It is not stopped, and takes no signal.",
                err=True,
            )
            click.confirm("Do that?", err=True, abort=True)
        attach(pid, directory, wait_s)


def _print_paths(asked: list[Asked], wait_s: float) -> bool:
    """Print each path when its file and those asked for before it are complete; whether all came."""
    from heapdiff.cli.failure import explain
    from heapdiff.remote.waiting import wait_for_all

    order = [each.record.pid for each in asked]
    came: dict[int, Path | None] = {}
    with _progress(len(asked)) as show:
        for each, found in wait_for_all(asked, wait_s):
            show(each, found)
            if isinstance(found, HeapdiffError):
                explain(found).report()
                came[each.record.pid] = None
            elif found.name is not None:
                came[each.record.pid] = each.directory / f"{found.name}.json"
            while order and order[0] in came:
                if path := came[order.pop(0)]:
                    click.echo(path)
                    tell_notes(path)
    return None not in came.values()


def tell_notes(path: Path) -> None:
    """What the snapshot lacks, and why."""
    from heapdiff.cli.loading import open_snapshot

    with suppress(HeapdiffError):
        for note in open_snapshot(path).summary.notes:
            click.echo(f"heapdiff: {path.name}: {note}", err=True)


@contextmanager
def _progress(processes: int) -> Iterator[Callable[[Asked, Progress | HeapdiffError], None]]:
    """A line per process on standard error that says how many objects were walked; nothing without a terminal."""
    if not processes or not sys.stderr.isatty():
        yield lambda _asked, _found: None
        return
    from rich.progress import Progress as Bars
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    from heapdiff.render.terminal.console import make_console

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Bars(*columns, console=make_console(sys.stderr), transient=True) as bars:
        lines: dict[int, TaskID] = {}

        def show(asked: Asked, found: Progress | HeapdiffError) -> None:
            pid = asked.record.pid
            if isinstance(found, HeapdiffError) or found.name is not None:
                if pid in lines:
                    bars.remove_task(lines.pop(pid))
                return
            text = f"process {pid}: {found.objects_so_far:,} objects"
            if pid in lines:
                bars.update(lines[pid], description=text)
            else:
                lines[pid] = bars.add_task(text, total=None)

        yield show
