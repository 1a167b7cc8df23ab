"""What one snapshot holds, as text."""

from rich.console import Console
from rich.text import Text

from heapdiff.answers import Inventory, Share
from heapdiff.render.amounts import count, moment, plural, size
from heapdiff.render.terminal.console import line, paragraph, print_notes, print_rest
from heapdiff.render.terminal.table import Column, build_table


def render_inventory(console: Console, inventory: Inventory, limit: int | None = 20) -> None:
    """Print the largest rows, at most `limit` of them, with their share of all bytes."""
    snapshot = inventory.snapshot
    totals = line(f"{plural(snapshot.objects, 'object')}, {size(snapshot.bytes)}", "bold")
    facts = f"  PID {snapshot.pid}, {moment(snapshot.captured_at)}, RSS {size(snapshot.rss_bytes)}"
    paragraph(console, Text.assemble(totals, line(facts, "dim")))
    console.print()
    shown = inventory.rows[:limit]
    columns = [
        Column(inventory.by.capitalize(), share=1, right=False, ends=True),
        Column("Objects"),
        Column("Bytes"),
        Column("Share", drop=1),
    ]
    rows: list[tuple[str, ...]] = [
        (row.name, count(row.count), size(row.bytes), _percent(row.bytes, snapshot.bytes)) for row in shown
    ]
    if any(row.retained_bytes is not None for row in shown):
        columns.append(Column("Retained"))
        rows = [(*cells, _retained(row)) for cells, row in zip(rows, shown, strict=True)]
    console.print(build_table(columns, rows, console.width))
    print_rest(console, len(inventory.rows) - len(shown), inventory.by)
    print_notes(console, inventory.notes)


def _retained(row: Share) -> str:
    return "-" if row.retained_bytes is None else size(row.retained_bytes)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"
