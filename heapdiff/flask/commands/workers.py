"""What is asked of the app's running workers: `snapshot`, `ps`, `sample`, `watch`."""

from pathlib import Path
from typing import Any

import click

from heapdiff.cli.orders import sample as sampling
from heapdiff.cli.orders import watch as watching
from heapdiff.cli.processes import ps as listing
from heapdiff.cli.processes import snapshot as taking
from heapdiff.cli.streams import say
from heapdiff.errors import HeapdiffError
from heapdiff.flask.commands.adoption import adopted


@adopted(taking.snapshot, without=("everyone", "may_attach", "yes"))
def snapshot(ctx: click.Context, directory: Path, pids: tuple[int, ...], **given: Any) -> None:
    """Ask every worker of this app for a snapshot, or only those with the given PIDs, and print the path of each as soon as it's
    complete.

    \b
      flask heapdiff snapshot
      flask heapdiff snapshot --label "after the load test"
    """
    ctx.invoke(taking.snapshot, pids=pids, everyone=not pids, directory=directory, **given)


@adopted(listing.ps)
def ps(ctx: click.Context, directory: Path, **given: Any) -> None:
    """List this app's workers: what they are, how large they are, and how to request a snapshot."""
    ctx.invoke(listing.ps, directory=directory, **given)


@adopted(
    sampling.sample,
    without=("words", "everyone"),
    more=[click.Argument(["switch"], type=click.Choice(["on", "off"]), required=False)],
)
def sample(ctx: click.Context, directory: Path, switch: str | None, **given: Any) -> None:
    """Switch sampling on or off in every worker of this app, or show what each samples.

    While it's on, snapshots say which line and which view allocated what grew. Workers that start later don't sample: set
    HEAPDIFF_SAMPLE for those.

    \b
      flask heapdiff sample on
      flask heapdiff sample on --every 64kB --for 10m
      flask heapdiff sample off
      flask heapdiff sample
    """
    words = () if switch is None else (switch,)
    ctx.invoke(sampling.sample, words=words, everyone=True, directory=directory, **given)


@adopted(
    watching.watch,
    without=("pid",),
    more=[
        click.Argument(["holder"]),
        click.Option(
            ["--pid"],
            type=click.IntRange(min=1),
            help="The worker to watch.  [default: the one with the most requests]",
        ),
    ],
)
def watch(ctx: click.Context, directory: Path, pid: int | None, **given: Any) -> None:
    """Watch one dict of a worker: which line, in which view, puts entries into it. HOLDER is a path as compare shows it.

    \b
      flask heapdiff watch shop.cache.SESSIONS
      flask heapdiff watch 'shop.pricing.quote.<lru_cache>' --for 1m -n 100
    """
    ctx.invoke(watching.watch, pid=pid or busiest(directory), directory=directory, **given)


def busiest(directory: Path) -> int:
    """The worker that has had the most requests, and a line that says which. Raises ProcessError where there is none."""
    from heapdiff.cli.processes.absence import nobody
    from heapdiff.remote.describing import describe_all
    from heapdiff.remote.finding import find_agents

    found = [
        each
        for each in describe_all(find_agents(directory).found)
        if not isinstance(each, HeapdiffError) and each.armed
    ]
    if not found:
        raise nobody(directory)
    chosen = max(found, key=lambda each: (each.requests or 0, -each.pid))
    if len(found) > 1:
        requests = f", {chosen.requests:,} requests" if chosen.requests else ""
        say(f"heapdiff: watching process {chosen.pid}, the busiest of {len(found):,} workers{requests}")
    return chosen.pid
