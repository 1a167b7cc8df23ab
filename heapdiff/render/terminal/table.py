"""Tables that fill the width exactly: numbers keep theirs, names share the rest, and what is too long is cut."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from heapdiff.render.escape import escape_terminal, shorten, shorten_start

GAP = 2
MIN_NAME = 12
MOST_OWN = 48
OWN_NAME = re.compile(r"[^.\[]*(?:\.?<[^<>]*>|\[[^\]]*\])*$")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: a number keeps its width and stands right; a name takes a share of what is left.

    Where the width is short, columns of the highest `drop` go first; 0 stays always. A name is cut in the middle.
    With `ends` it's a path, cut at its start, and last: other names give way to it, and columns to its last part.
    """

    heading: str
    share: int = 0
    right: bool = True
    drop: int = 0
    ends: bool = False
    style: str = ""


def build_table(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> Table:
    """The table at exactly this width, which no cell breaks."""
    fixed = [
        max([cell_len(column.heading), *(cell_len(escape_terminal(row[at])) for row in rows)])
        for at, column in enumerate(columns)
    ]
    least = [_least_width(column, fixed[at], [row[at] for row in rows]) for at, column in enumerate(columns)]
    shown = _fitting(columns, least, width)
    widths = _share(columns, fixed, least, shown, width)
    table = Table(
        box=SIMPLE_HEAD, padding=(0, GAP - 1, 0, 0), pad_edge=False, show_edge=False, header_style="bold"
    )
    for at in shown:
        column = columns[at]
        table.add_column(
            Text(shorten(column.heading, widths[at])),
            width=widths[at],
            justify="right" if column.right else "left",
            no_wrap=True,
            overflow="crop",
            style=column.style,
        )
    cells = [_shorten_all([row[at] for row in rows], widths[at], columns[at].ends) for at in shown]
    for row in zip(*cells, strict=True):
        table.add_row(*map(Text, row))
    return table


def _shorten_all(names: Sequence[str], width: int, ends: bool) -> list[str]:
    """A column's names at the width: of the ways to cut, the first that keeps most of them apart."""
    ways = (shorten_start, shorten) if ends else (shorten,)
    cut = [[way(name, width) for name in names] for way in ways]
    return max(cut, key=lambda shown: len(set(shown)))


def _least_width(column: Column, fixed: int, cells: Sequence[str]) -> int:
    """What a column needs: a number all of it, a name enough to be told from others, a path its last part."""
    if not column.share:
        return fixed
    own = [cell_len(escape_terminal(own_name(cell))) + 1 for cell in cells] if column.ends else []
    return min(fixed, max([MIN_NAME, *(width for width in own if width <= MOST_OWN)]))


def own_name(path: str) -> str:
    """The last name of a path, with what stands in brackets behind it: `quote.<lru_cache>`, `USERS['…']`."""
    match = OWN_NAME.search(path[-4 * MOST_OWN :])
    return match[0] if match else path


def _fitting(columns: Sequence[Column], least: Sequence[int], width: int) -> list[int]:
    """The columns that stay: without those that must go until every name has its least width."""
    shown = list(range(len(columns)))
    while True:
        needed = sum(least[at] for at in shown) + GAP * (len(shown) - 1)
        optional = [at for at in shown if columns[at].drop]
        if needed <= width or not optional:
            return shown
        shown.remove(max(optional, key=lambda at: columns[at].drop))


def _share(
    columns: Sequence[Column], fixed: Sequence[int], least: Sequence[int], shown: Sequence[int], width: int
) -> dict[int, int]:
    """Each shown column's width in cells: no name gets more than it needs while another lacks, a path keeps its end."""
    widths = {at: fixed[at] for at in shown}
    left = width - GAP * (len(shown) - 1) - sum(fixed[at] for at in shown if not columns[at].share)
    names = [at for at in shown if columns[at].share]
    open_names = names
    while open_names:
        shares = sum(columns[at].share for at in open_names)
        fair = {at: left * columns[at].share // shares for at in open_names}
        settled = {at: fixed[at] for at in open_names if fixed[at] <= fair[at]}
        if not settled:
            most = left - sum(least[at] for at in open_names if not columns[at].ends)
            ends = {at: min(least[at], most) for at in open_names if columns[at].ends}
            settled = {at: keeps for at, keeps in ends.items() if keeps > fair[at]}
        widths |= settled or {at: max(1, fair[at]) for at in open_names}
        left -= sum(settled.values())
        open_names = [at for at in open_names if at not in settled] if settled else []
    if names:
        widths[names[0]] += max(0, width - GAP * (len(shown) - 1) - sum(widths.values()))
    return widths
