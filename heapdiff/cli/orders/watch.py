"""`heapdiff watch`: which code puts entries into one dict of a running process."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from heapdiff.cli.options import complete_pid, directory_option, format_option, parse_duration
from heapdiff.cli.streams import behind, beside
from heapdiff.errors import Ended, HeapdiffError, UsageError

if TYPE_CHECKING:
    from heapdiff.answers import Watched
    from heapdiff.remote.watching.reports import Report
    from heapdiff.remote.watching.watches import Watch

SECONDS_MOST = 86400


@click.command(short_help="Watch who puts entries into one dict of a running process.")
@click.argument("pid", metavar="PID", type=click.IntRange(min=1), shell_complete=complete_pid)
@click.argument("holder", metavar="HOLDER")
@click.option(
    "--for", "seconds", metavar="TIME", type=parse_duration, default="5m", show_default=True,
    help="Watch for at most TIME: 90s, 10m, 1h.",
)  # fmt: skip
@click.option(
    "-n", "most", metavar="N", type=click.IntRange(min=1, max=2**32 - 1), help="End after N insertions."
)
@directory_option()
@format_option("table", "json")
def watch(pid: int, holder: str, seconds: int, most: int | None, directory: Path | None, form: str) -> None:
    """Watch one dict of a running process: which line, in which view, task or job, puts entries into it.

    HOLDER is a path as compare shows it, or the holder's address (0x…) from compare --format json. It may be a dict, an
    OrderedDict, a defaultdict, a Counter, an lru_cache, or the dict in which an object keeps its attributes or entries.
    Every insertion is seen. It costs some 50 ns for each and nothing elsewhere; nothing of it stays in the process. It takes
    CPython 3.12 or later in the process; with an earlier one, or for a list or set, use heapdiff sample.

    \b
      heapdiff watch 4242 shop.cache.SESSIONS
      heapdiff watch 4242 'shop.pricing.quote.<lru_cache>' --for 1m -n 100
      heapdiff watch 4242 0x7f3a5c0b1d40 --format json

    It ends after --for, after N insertions, or with Ctrl-C, and then prints what it saw.
    """
    from heapdiff.cli.output import print_answer
    from heapdiff.remote.attaching import find_or_offer
    from heapdiff.remote.watching.holder_paths import read_path
    from heapdiff.remote.watching.watches import Watch
    from heapdiff.render.terminal.running.watching import render_watched

    if seconds > SECONDS_MOST:
        raise UsageError("watch: --for can't be longer than a day", "Try: --for 5m")
    path = read_path(holder)
    agent = find_or_offer(pid, directory)
    watched = Watch(agent, path, seconds, most or 0)
    report, trouble = _follow(watched)
    if report is None:
        assert trouble is not None
        raise trouble
    answer = _answer(watched, report)
    print_answer(form, "watch/1", answer, lambda console: render_watched(console, answer))
    if trouble is not None:
        raise trouble


def _follow(watched: Watch) -> tuple[Report | None, HeapdiffError | None]:
    """The last report, if there is one, and why there is no later one, if that is no good reason."""
    from heapdiff.remote.watching.watches import begin_watch, end_watch, follow_watch

    seen: Report | None = None
    try:
        try:
            begin_watch(watched)
            with _shown(watched) as show:
                for report in follow_watch(watched):
                    if report.state != "starting":
                        seen = report
                        show(report)
        except KeyboardInterrupt:
            seen = end_watch(watched)
            if seen is None:
                raise
        except Ended:
            end_watch(watched)
            raise
    except HeapdiffError as error:
        return seen, error
    return seen, None


def _answer(watched: Watch, report: Report) -> Watched:
    from heapdiff.analysis.witnesses.insertions import find_sites
    from heapdiff.answers import Watched

    return Watched(
        holder=watched.path.text,
        inserted=report.inserted,
        removed=report.removed,
        sites=find_sites(report.stacks),
        pid=watched.agent.pid,
        type=report.type,
        entries=report.length,
        unplaced=report.unplaced,
        ended=report.reason or None,
    )


@contextmanager
def _shown(watched: Watch) -> Iterator[Callable[[Report], None]]:
    """A table on standard error that follows the watch; nothing but a first line without a terminal."""
    if not sys.stderr.isatty():
        yield lambda _report: None
        return
    from heapdiff.render.terminal.console import make_live
    from heapdiff.render.terminal.running.watching import LiveWatched

    last = time.monotonic() + watched.seconds
    seen: list[Watched] = []
    drawn = LiveWatched(lambda: (seen[-1], max(0.0, last - time.monotonic())))
    live = make_live(behind(sys.stderr))
    with beside(live):

        def show(report: Report) -> None:
            seen[:] = [_answer(watched, report)]
            live.update(drawn, refresh=True)

        yield show
