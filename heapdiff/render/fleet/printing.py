"""A sheet on a terminal."""

from __future__ import annotations

from typing import Final

from rich.console import Console

from heapdiff.render.fleet.sheet import Sheet, SheetColumn, SheetTable
from heapdiff.render.terminal.console import line, paragraph, print_notes, print_rest
from heapdiff.render.terminal.table import Column, build_table

STYLES: Final = {"leak": "bold red", "warn": "bold yellow", "fine": "bold green", "open": "bold"}


def print_sheet(console: Console, sheet: Sheet) -> None:
    """The verdict first, then the tables, then what there is to say about single rows."""
    paragraph(console, line(f"{sheet.title}: {sheet.word}", STYLES[sheet.tone]))
    paragraph(console, line(sheet.lead))
    for fact in sheet.facts:
        paragraph(console, line(fact, "dim"))
    for table in sheet.tables:
        _print_table(console, table)
    if sheet.remarks:
        console.print()
    for remark in sheet.remarks:
        paragraph(console, line(f"{remark.name}: {remark.text}"), "- ")
    print_notes(console, sheet.notes)
    if sheet.commands:
        console.print()
    for command in sheet.commands:
        console.print(line(command, "cyan"), soft_wrap=True)


def _print_table(console: Console, table: SheetTable) -> None:
    if not table.rows:
        return
    console.print()
    if table.title:
        paragraph(console, line(table.title, "bold"))
    columns = [_column(column) for column in table.columns]
    console.print(build_table(columns, table.rows, console.width))
    print_rest(console, table.hidden, table.noun)


def _column(column: SheetColumn) -> Column:
    named = column.cell in ("name", "path")
    return Column(
        column.heading,
        share=(2 if column.cell == "path" else 1) if named else 0,
        right=column.cell == "number",
        drop=column.drop,
        ends=column.cell == "path",
    )
