"""`heapdiff view`: look around in snapshots with a browser."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from heapdiff.cli.caching import cache_option, find_cabinet
from heapdiff.cli.options import SNAPSHOT
from heapdiff.cli.streams import print_line, say
from heapdiff.errors import MissingToolError

if TYPE_CHECKING:
    from heapdiff.snapshot import Snapshot

NAMED = 3
MISSING = "view needs the packages flask and waitress ({})"


@click.command(short_help="Look around in snapshots with a browser.")
@click.argument("snapshots", metavar="A [B]... | DIR", nargs=-1, required=True, type=SNAPSHOT)
@click.option(
    "--port",
    type=click.IntRange(min=0, max=65_535),
    default=0,
    metavar="N",
    help="Listen on this port of 127.0.0.1.  [default: a free one]",
)
@cache_option()
@click.option("--no-browser", is_flag=True, help="Don't open a browser; print the address only.")
def view(snapshots: tuple[Path, ...], port: int, no_browser: bool) -> None:
    """Show snapshots as pages in a browser: types, their objects, what refers to each and what it refers to, the path from a
    root, what dominates it, and what would be freed without it. Two snapshots can be compared, and three say what was born
    in one and is still there in another. A directory stands for the snapshots in it.

    \b
      heapdiff view second.json
      heapdiff view first.json second.json third.json
      heapdiff view heaps/ --port 8800 --no-browser

    The printed address is good once, for one browser on this machine. The pages end with Ctrl-C.

    Needs the packages flask and waitress: pip install 'heapdiff[view]'.
    """
    from heapdiff.cli.loading import import_numpy, open_all, require_heap

    import_numpy()
    try:
        from heapdiff.graph import load
        from heapdiff.viewer.serving import Server, open_browser
    except ImportError as error:
        raise MissingToolError(MISSING.format(error), "pip install 'heapdiff[view]'") from error
    opened = {each.summary.id: each for each in open_all(snapshots)}
    whole = _keep_whole([*opened.values()])
    cabinet = find_cabinet(max(map(require_heap, whole), key=os.path.getsize))
    server = Server(whole, port, partial(load, cabinet=cabinet))
    print_line(server.address)
    say("heapdiff: the address is good once; press Ctrl-C to stop")
    if not no_browser:
        open_browser(server.address)
    server.run()


def _keep_whole(opened: Sequence[Snapshot]) -> Sequence[Snapshot]:
    """Those with references: the others are named and left out, if any is left. A worker short of memory wrote them."""
    from heapdiff.render.amounts import plural

    whole = [each for each in opened if each.heap is not None]
    if not whole:
        return opened
    if lacking := [each.path.name for each in opened if each.heap is None]:
        more = ", …" if len(lacking) > NAMED else ""
        names = ", ".join(lacking[:NAMED])
        say(f"heapdiff: {plural(len(lacking), 'snapshot')} without references left out: {names}{more}")
    return whole
