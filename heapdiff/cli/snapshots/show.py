"""`heapdiff show`: what one snapshot holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from heapdiff.answers import Inventory, Share
from heapdiff.cli.options import SNAPSHOT, format_option, limit_option

if TYPE_CHECKING:
    from heapdiff.snapshot import Snapshot

SHOWN = 20
MOST_RETAINED = 50


@click.command(short_help="List what one snapshot holds.")
@click.argument("snapshot", metavar="A", type=SNAPSHOT)
@click.option(
    "--by",
    type=click.Choice(["type", "holder", "module", "package"]),
    default="type",
    show_default=True,
    help="Group by the objects' type, or by what keeps them alive: variable, module, package.",
)
@click.option(
    "--retained",
    is_flag=True,
    help=f"Also show each row's retained size, for at most {MOST_RETAINED} rows.",
)
@limit_option(SHOWN, "rows")
@format_option("table", "json")
def show(snapshot: Path, by: str, retained: bool, limit: int | None, form: str) -> None:
    """List what snapshot A holds, largest first.

    \b
      heapdiff show second.json
      heapdiff show second.json --by holder --retained
      heapdiff show second.json -n 0 --format json

    By type, bytes are the objects' own size. By holder, module or package, they are what it keeps alive; each object
    counts once, where the shortest path to it starts. Retained is what would be freed if the type's objects or the
    variable were gone. 1 kB is 1000 bytes.
    """
    from heapdiff.cli.loading import open_snapshot
    from heapdiff.cli.output import print_answer, shown_rows
    from heapdiff.render.terminal.inventory import render_inventory

    rows = min(shown_rows(limit, SHOWN) or MOST_RETAINED, MOST_RETAINED) if retained else 0
    inventory = _take(open_snapshot(snapshot), by, rows)
    shortened, shown = replace(inventory, rows=inventory.rows[: limit or None]), shown_rows(limit, SHOWN)
    print_answer(form, "show/1", shortened, lambda console: render_inventory(console, inventory, shown))


def _take(snapshot: Snapshot, by: str, retained: int) -> Inventory:
    """By type the summary says it; the rest needs the references."""
    from heapdiff.cli.loading import refer, require_graph

    if by == "type" and not retained:
        rows = tuple(Share(entry.type, entry.count, entry.bytes) for entry in snapshot.summary.types)
        return Inventory(refer(snapshot), by, rows, ())
    graph = require_graph(snapshot)
    from heapdiff.analysis import take_inventory
    from heapdiff.cli.output import busy

    with busy("adding up"):
        return take_inventory(graph, by, snapshot.summary, str(snapshot.path), retained)
