"""Who retains what, as an indented tree with the bytes in front."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from heapdiff.answers import Tree, TreeRow
from heapdiff.render.amounts import count, plural, size
from heapdiff.render.escape import shorten
from heapdiff.render.terminal.console import line, paragraph, print_notes

HEAD = "Retained    Share"
MAX_DEPTH = 12
MIN_TYPE = 20


def render_tree(console: Console, tree: Tree) -> None:
    """Print all rows of the tree, each on one line."""
    whole = tree.retained_bytes
    what = f"{tree.start}: " if tree.start else ""
    kept = "" if tree.start == "" else f", {size(whole)} retained"
    paragraph(console, line(f"{what}{plural(tree.objects, 'object')}, {size(tree.bytes)}{kept}", "bold"))
    console.print()
    console.print(Text(HEAD, style="bold"), no_wrap=True)
    for row, guide in _walk(tree.rows, ""):
        console.print(_line(row, guide, whole, console.width), no_wrap=True, overflow="crop")
    print_notes(console, tree.notes)


def _walk(rows: Sequence[TreeRow], guide: str, depth: int = 0) -> Iterator[tuple[TreeRow, str]]:
    """Each row with the lines that lead to it; what is very deep stands no further in."""
    for at, row in enumerate(rows):
        last = at == len(rows) - 1
        yield row, guide + ("" if depth == 0 else "└ " if last else "├ ")
        inner = guide if depth == 0 or depth >= MAX_DEPTH else guide + ("  " if last else "│ ")
        yield from _walk(row.children, inner, depth + 1)


def _line(row: TreeRow, guide: str, whole: int, width: int) -> Text:
    share = f"{100 * row.retained_bytes / whole:.1f} %" if whole else "-"
    text = Text(f"{size(row.retained_bytes):>8} {share:>8}  ")
    text.append(guide, style="dim")
    room = max(MIN_TYPE, width - cell_len(text.plain))
    kind = row.type if row.count == 1 else f"{count(row.count)} \u00d7 {row.type}"
    kind = shorten(kind, max(MIN_TYPE, room - cell_len(shorten(row.name, room)) - 2))
    text.append(shorten(row.name, max(8, room - cell_len(kind) - 2)), style="cyan")
    text.append(f"  {kind}")
    text.truncate(width)
    return text
