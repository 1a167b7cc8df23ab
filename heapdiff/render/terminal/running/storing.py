"""What is stored for later commands, as text."""

from rich.console import Console
from rich.text import Text

from heapdiff.answers import Stored
from heapdiff.render.amounts import moment, plural, size
from heapdiff.render.terminal.console import line, paragraph
from heapdiff.render.terminal.table import Column, build_table

NOBODYS = "(incomplete, or can't be used)"


def render_stored(console: Console, stored: Stored) -> None:
    """Print where it is, how much and of how many snapshots, and a table of these, last used first."""
    if stored.directory is not None:
        known = sum(1 for each in stored.snapshots if each.path)
        totals = f"{size(stored.bytes)} of at most {size(stored.bound_bytes)}, {plural(known, 'snapshot')}"
        paragraph(console, Text.assemble(line(stored.directory, "bold"), line(f"  {totals}", "dim")))
    if stored.refusal:
        paragraph(console, line(f"Not used: {stored.refusal}"))
    if stored.snapshots:
        console.print()
        columns = [Column("Snapshot", share=1, right=False, ends=True), Column("Stored"), Column("Last used")]
        rows = [(each.path or NOBODYS, size(each.bytes), moment(each.used_at)) for each in stored.snapshots]
        console.print(build_table(columns, rows, console.width))
