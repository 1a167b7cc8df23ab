"""Rows as a table for a terminal: numbers right, texts share the width."""

from rich.console import Console

from heapdiff.answers import Rows
from heapdiff.render.amounts import plural
from heapdiff.render.rows.cells import is_number, show_value
from heapdiff.render.terminal.console import line, paragraph
from heapdiff.render.terminal.table import Column, build_table


def render_rows(console: Console, found: Rows) -> None:
    """Print them all; `cut` becomes a last line."""
    columns: list[Column] = []
    for at, column in enumerate(found.columns):
        numeric = all(is_number(row[at]) for row in found.rows if row[at] is not None)
        named = numeric and bool(found.rows)
        columns.append(Column(column.name, share=0 if named else 1, right=named))
    cells = [tuple(map(show_value, row)) for row in found.rows]
    console.print(build_table(columns, cells, console.width))
    if found.cut:
        paragraph(console, line(f"Cut after {plural(len(found.rows), 'row')} (-n 0 shows all)", "dim"))
    elif not found.rows:
        paragraph(console, line("no rows", "dim"))
