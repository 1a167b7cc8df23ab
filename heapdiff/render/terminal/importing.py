"""What importing modules costs, as a table."""

from typing import Final

from rich.console import Console

from heapdiff.answers.importing import ImportCost, ImportPart, Imports
from heapdiff.render.amounts import count, plural, size
from heapdiff.render.terminal.console import line, paragraph
from heapdiff.render.terminal.table import Column, build_table

COLUMNS: Final = (
    Column("Module", share=1, right=False),
    Column("Time"),
    Column("RSS"),
    Column("Objects"),
    Column("Modules", drop=1),
)


def render_imports(console: Console, found: Imports) -> None:
    """A row for each module, and below it the heaviest packages that it imports."""
    rows = [row for cost in found.imports for row in (_row(cost), *map(_part, cost.heaviest))]
    console.print(build_table(COLUMNS, rows, console.width))
    console.print()
    runs = "one run" if found.runs == 1 else f"the median of {plural(found.runs, 'run')}"
    paragraph(console, line(f"Each in a fresh process of Python {found.python}, {runs}.", "dim"))


def _row(cost: ImportCost) -> tuple[str, ...]:
    return cost.module, _time(cost.ms), size(cost.rss_bytes), count(cost.objects), count(cost.modules)


def _part(part: ImportPart) -> tuple[str, ...]:
    return f"  {part.package}", _time(part.ms), size(part.rss_bytes), "", ""


def _time(ms: float) -> str:
    return f"{ms:,.0f} ms" if ms >= 10 else f"{ms:.1f} ms"
