"""`heapdiff investigate`: snapshots of running processes over a while, and the answer."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import click

from heapdiff.cli.comparison.comparing import SHOWN, check_growth, print_comparison
from heapdiff.cli.investigation.following import Circumstances, Clock, Followed, SystemClock
from heapdiff.cli.options import (
    complete_pid,
    directory_option,
    format_option,
    limit_option,
    parse_duration,
    parse_size,
)
from heapdiff.cli.processes.snapshot import WAIT_S
from heapdiff.errors import ProcessError, UsageError

SECONDS_MOST = 86400
TRY = "Try: heapdiff investigate --help"
INTERRUPTED = 130


def make_clock() -> Clock:
    return SystemClock()


@click.command(short_help="Take snapshots of a process over a while, and say what grew.")
@click.argument("pids", metavar="[PID]...", nargs=-1, type=click.IntRange(min=1), shell_complete=complete_pid)
@click.option("--all", "everyone", is_flag=True, help="Investigate every process that has an agent.")
@click.option(
    "--for", "seconds", metavar="TIME", type=parse_duration, default="5m", show_default=True,
    help="From the first snapshot to the last: 90s, 10m, 1h.",
)  # fmt: skip
@click.option(
    "--sample", is_flag=True,
    help="Sample allocations meanwhile where nothing does yet, to name the code that allocates what grows.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Take whole snapshots even where memory or disk looks too short.")
@click.option(
    "--wait", "wait_s", metavar="S", type=click.FloatRange(min=0, min_open=True), default=WAIT_S, show_default=True,
    help="Wait at most S seconds for each snapshot.",
)  # fmt: skip
@click.option(
    "--attach", "may_attach", is_flag=True, help="First load the agent into processes that have none."
)
@click.option("--yes", is_flag=True, help="Don't ask before attaching.")
@directory_option()
@format_option("table", "json", "markdown")
@limit_option(SHOWN, "suspects and types")
@click.option(
    "--fail-on-growth", "tolerated", metavar="BYTES", type=parse_size,
    help="Exit with 1 if a process's Python objects grew by more than BYTES (10MB, 64KiB).",
)  # fmt: skip
@click.pass_context
def investigate(
    ctx: click.Context,
    pids: tuple[int, ...],
    everyone: bool,
    seconds: int,
    sample: bool,
    force: bool,
    wait_s: float,
    may_attach: bool,
    yes: bool,
    directory: Path | None,
    form: str,
    limit: int | None,
    tolerated: int | None,
) -> None:
    """Find out what grows in a running process: take a snapshot now, one in the middle and one at the end, and compare them.

    Three snapshots tell a leak from a cache that is still filling. The process keeps serving; it pauses only for a fork each
    time. If PID is a server's master, its workers are looked into, one after the other.

    \b
      heapdiff investigate 4242
      heapdiff investigate 4242 --for 20m --sample
      heapdiff investigate --all --for 10m
      heapdiff investigate 4242 --attach

    Ctrl-C ends the wait and answers with what there is. If the process ends meanwhile, what was taken of it is compared. The
    files stay; where they are goes to standard error. The answer, the same as compare's, goes to standard output.
    """
    if bool(pids) == everyone:
        raise UsageError(
            f"investigate: {'give either PIDs or --all, not both' if everyone else 'give a PID, or --all'}",
            TRY,
        )
    if seconds > SECONDS_MOST:
        raise UsageError("investigate: --for can't be longer than a day", "Try: --for 5m")
    from heapdiff.cli.investigation.following import SHOTS, Course
    from heapdiff.cli.investigation.progress import Told
    from heapdiff.cli.investigation.workers import find_all, find_named, get_access, sampling
    from heapdiff.cli.processes.snapshot import TimeLimit, load_agents

    time_limit = TimeLimit(wait_s)
    if may_attach:
        load_agents(pids, directory, time_limit, yes)
    processes = find_all(directory, time_limit) if everyone else find_named(dict.fromkeys(pids), directory)
    told = Told(processes)
    course = Course(processes, seconds, make_clock(), get_access(processes, directory, force, wait_s), told)
    told.beginning(seconds)
    longest = seconds + round(SHOTS * wait_s * len(processes))
    with sampling(processes, longest) if sample else nullcontext():
        interrupted = course.run()
    _tell(ctx, processes, Circumstances(seconds, interrupted, sample, directory), form, limit, tolerated)


def _tell(
    ctx: click.Context,
    processes: Sequence[Followed],
    how: Circumstances,
    form: str,
    limit: int | None,
    tolerated: int | None,
) -> None:
    """The answer, and the exit code: 130 where the user left nothing to compare; 4 where nothing could be taken, as is told."""
    from heapdiff.cli.failure import explain
    from heapdiff.cli.investigation.concluding import conclude, nothing_to_compare

    if not any(each.shots for each in processes):
        ctx.exit(ProcessError.exit_code)
    if how.interrupted and not any(each.is_enough for each in processes):
        explain(nothing_to_compare(processes, how)).report()
        ctx.exit(INTERRUPTED)
    answer = conclude(processes, how)
    print_comparison(answer, form, limit)
    if tolerated is not None:
        ctx.exit(check_growth(answer, tolerated))
