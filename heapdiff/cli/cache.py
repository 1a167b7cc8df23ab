"""`heapdiff cache`: what commands stored of snapshots so that the next is fast."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from heapdiff.cli.options import format_option
from heapdiff.errors import UsageError

if TYPE_CHECKING:
    from heapdiff.answers import Stored, StoredSnapshot


@click.command(short_help="Say what commands have stored to be fast, or delete it.")
@click.option("--clear", is_flag=True, help="Delete it.")
@format_option("table", "json")
def cache(clear: bool, form: str) -> None:
    """Say where, how much, and of which snapshots commands have stored what they computed, for the next one to use.

    \b
      heapdiff cache
      heapdiff cache --clear
      HEAPDIFF_CACHE=2GB heapdiff why second.json shop.models.Session
      HEAPDIFF_CACHE=off heapdiff tree second.json

    The first why, tree, show, graph, query or view about a large snapshot stores its objects, references, shortest paths and
    dominators; the next ones map these files instead of computing all that again. compare and advise use them, but store
    nothing. Nothing is stored for snapshots below 8 MB, nor if the disk is nearly full. What was used longest ago is deleted
    first.

    The files are in $XDG_CACHE_HOME/heapdiff, else ~/.cache/heapdiff, for you alone. They hold no more than the snapshot does.
    """
    from heapdiff.cli.output import print_answer
    from heapdiff.cli.streams import say
    from heapdiff.render.amounts import size
    from heapdiff.render.terminal.running.storing import render_stored

    if clear:
        say(f"heapdiff: deleted {size(_clear())}")
        return
    found = _look()
    print_answer(form, "cache/1", found, lambda console: render_stored(console, found))


def _look() -> Stored:
    from heapdiff.agent.directory.access import foresee_refusal
    from heapdiff.answers import Stored
    from heapdiff.cli.caching import MOST_BYTES, SETTING, find_place, read_bound

    place, bound = find_place(), read_bound()
    if place is None:
        return Stored(None, 0, bound, (), "neither XDG_CACHE_HOME nor HOME says where")
    refusal = "" if bound else f"{SETTING} switches it off"
    try:
        refusal = refusal or foresee_refusal(place) or ""
        snapshots = _list_snapshots(place)
    except (OSError, ValueError) as error:
        return Stored(str(place), 0, bound or MOST_BYTES, (), str(error))
    return Stored(str(place), sum(each.bytes for each in snapshots), bound or MOST_BYTES, snapshots, refusal)


def _list_snapshots(place: Path) -> tuple[StoredSnapshot, ...]:
    """By where they were, last used first."""
    from heapdiff.agent.directory.access import refuse_directory
    from heapdiff.answers import StoredSnapshot
    from heapdiff.graph.stored.cabinet import opened_directory
    from heapdiff.graph.stored.pruning import describe_entries

    if not place.exists():
        return ()
    sums: dict[str, tuple[int, float]] = {}
    with opened_directory(place, refuse_directory) as directory:
        for each in describe_entries(directory):
            known, used = sums.get(each.snapshot, (0, 0.0))
            sums[each.snapshot] = (known + each.entry.bytes, max(used, each.entry.used_s))
    rows = sorted(sums.items(), key=lambda row: (-row[1][1], row[0]))
    return tuple(StoredSnapshot(path, taken, _moment(used)) for path, (taken, used) in rows)


def _clear() -> int:
    """Delete every file that heapdiff wrote there; how many bytes they were."""
    from heapdiff.agent.directory.access import refuse_directory
    from heapdiff.cli.caching import find_place
    from heapdiff.graph.stored.cabinet import opened_directory
    from heapdiff.graph.stored.pruning import list_entries, remove

    place = find_place()
    if place is None or not place.exists():
        return 0
    try:
        with opened_directory(place, refuse_directory) as directory:
            return sum(remove(directory, entry) for entry in list_entries(directory))
    except ValueError as error:
        raise UsageError(str(error), "Nothing was deleted.") from error


def _moment(seconds: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
