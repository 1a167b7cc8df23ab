"""A sheet as Markdown, for an issue or a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from heapdiff.render.amounts import plural
from heapdiff.render.escape import escape_terminal
from heapdiff.render.fleet.sheet import NONE, Sheet, SheetColumn, SheetTable
from heapdiff.render.markdown import block, code, escape_markdown, table


def mark_sheet(sheet: Sheet) -> str:
    """Names are code; nothing in it is a link, a mention or the number of an issue."""
    return "\n".join(_lines(sheet)).rstrip() + "\n"


def _lines(sheet: Sheet) -> Iterator[str]:
    yield f"## {code(sheet.title) if '.' in sheet.title else escape_markdown(sheet.title)}: {sheet.word}"
    yield ""
    yield escape_markdown(sheet.lead)
    yield ""
    for fact in sheet.facts:
        yield f"- {escape_markdown(fact)}"
    if sheet.facts:
        yield ""
    for each in sheet.tables:
        yield from _table(each)
    for remark in sheet.remarks:
        yield f"- {code(remark.name)}: {escape_markdown(remark.text)}"
    for note in sheet.notes:
        yield f"- {escape_markdown(note)}"
    if sheet.commands:
        yield ""
        yield from block([escape_terminal(command) for command in sheet.commands])


def _table(shown: SheetTable) -> Iterator[str]:
    if not shown.rows:
        return
    if shown.title:
        yield f"### {escape_markdown(shown.title)}"
        yield ""
    headings = [f"{'>' if column.cell == 'number' else ''}{column.heading}" for column in shown.columns]
    rows = [
        [_cell(column, text) for column, text in zip(shown.columns, row, strict=True)] for row in shown.rows
    ]
    yield from table(headings, rows)
    if shown.hidden:
        yield f"… and {plural(shown.hidden, f'more {shown.noun}')}."
        yield ""


def _cell(column: SheetColumn, text: str) -> str:
    """Numbers and words are ours; an Id is a name that could be read as a commit's."""
    return (
        code(text) if text != NONE and (column.cell in ("name", "path") or column.heading == "Id") else text
    )
