"""What a watch saw, as a table of sites; while it goes on, the same with the time that is left."""

from collections.abc import Callable, Sequence
from typing import Final

from rich.console import Console, ConsoleOptions, Group, RenderResult

from heapdiff.analysis.witnesses.insertions import place_of, tell
from heapdiff.answers import InsertionSite, Watched
from heapdiff.render.amounts import count, plural
from heapdiff.render.terminal.console import line, paragraph, print_rest
from heapdiff.render.terminal.table import Column, build_table

LIVE_ROWS: Final = 10
COLUMNS: Final = (
    Column("Inserted"),
    Column("Share", drop=1),
    Column("By", share=2, right=False),
    Column("At", share=3, right=False, ends=False),
    Column("In", share=3, right=False),
)


def render_watched(console: Console, watched: Watched, limit: int | None = None) -> None:
    """Print the table, and below it the whole in a sentence."""
    rows = watched.sites[:limit]
    if rows:
        console.print(build_table(COLUMNS, [_row(watched, site) for site in rows], console.width))
        print_rest(console, len(watched.sites) - len(rows), "site")
        console.print()
    paragraph(console, line(tell(watched)))


class LiveWatched:
    """What is drawn again and again: `get` says what there is to see by then, and how many seconds are left."""

    def __init__(self, get: Callable[[], tuple[Watched, float]]) -> None:
        self._get = get

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        watched, left_s = self._get()
        head = (
            f"{watched.holder} in process {watched.pid}: {watched.inserted:,} inserted, {watched.removed:,} removed, "
            f"{plural(watched.entries, 'entry/entries')} now; {left_s:.0f} s left, Ctrl-C ends it"
        )
        parts: list[object] = [line(head)]
        if rows := watched.sites[:LIVE_ROWS]:
            parts.append(build_table(COLUMNS, [_row(watched, site) for site in rows], options.max_width))
        yield Group(*parts)  # type: ignore[arg-type]


def _row(watched: Watched, site: InsertionSite) -> Sequence[str]:
    return (
        count(site.count),
        f"{site.count / watched.inserted:.0%}" if watched.inserted else "-",
        site.function or "code without a name",
        place_of(site) or "-",
        str(site.entry) if site.entry else "-",
    )
