"""What is asked of the app's snapshots: `compare` and `advise`, by default of the workers that run."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click

from heapdiff.cli.options import SNAPSHOT
from heapdiff.cli.snapshots import advise as advising
from heapdiff.cli.snapshots import compare as comparing
from heapdiff.cli.streams import say
from heapdiff.errors import SnapshotError
from heapdiff.flask.commands.adoption import adopted
from heapdiff.flask.commands.choosing import Choice, choose, find_series

TAKE: Final = "flask heapdiff snapshot takes one of each worker; do it twice, with traffic in between."


@adopted(
    comparing.compare,
    more=[click.Argument(["snapshots"], metavar="[A B [C]... | DIR...]", nargs=-1, type=SNAPSHOT)],
)
def compare(ctx: click.Context, directory: Path, snapshots: tuple[Path, ...], **given: Any) -> None:
    """Say what grew in each running worker of this app, and who keeps it: its first snapshot, the middle one and the latest are
    compared. Where none that runs has two, the workers that ended last are looked at. Or name snapshots.

    \b
      flask heapdiff compare
      flask heapdiff compare --format markdown -o bug-report.md
    """
    if not snapshots:
        choice = choose(find_series(directory))
        tell(choice, directory)
        snapshots = tuple(path for each in choice.series for path in each.spread())
        if not choice.series:
            raise SnapshotError(f"{directory}: no worker has two snapshots to compare", TAKE)
    ctx.invoke(comparing.compare, snapshots=snapshots, **given)


@adopted(
    advising.advise,
    more=[click.Argument(["snapshots"], metavar="[A [B]... | DIR...]", nargs=-1, type=SNAPSHOT)],
)
def advise(ctx: click.Context, directory: Path, snapshots: tuple[Path, ...], **given: Any) -> None:
    """Say what a worker of this app could do without, and what to change. It looks at the running worker whose snapshot is the
    latest; its first one shows what grew since. Or name snapshots.

    \b
      flask heapdiff advise
      flask heapdiff advise --all
    """
    if not snapshots:
        choice = choose(find_series(directory), least=1)
        if not choice.series:
            raise SnapshotError(f"{directory}: no worker has a snapshot", TAKE)
        latest = max(choice.series, key=lambda each: each.last)
        tell(Choice((latest,), choice.run), directory)
        snapshots = tuple(latest.spread())
    ctx.invoke(advising.advise, snapshots=snapshots, **given)


def tell(choice: Choice, directory: Path) -> None:
    """Which workers are looked at, where more than one might have been meant."""
    if choice.series:
        state = "running" if choice.run else "no longer running"
        say(
            f"heapdiff: looking at {named([each.pid for each in choice.series])} ({state}), snapshots in {directory}"
        )
    if choice.lacking:
        say(f"heapdiff: {named(choice.lacking)}: fewer than two snapshots, so not compared")


def named(pids: Sequence[int]) -> str:
    return f"{'process' if len(pids) == 1 else 'processes'} {', '.join(map(str, pids))}"
