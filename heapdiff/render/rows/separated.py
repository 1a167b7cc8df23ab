"""Rows as CSV (RFC 4180, with line feeds). No cell is a formula for a spreadsheet, and none steers a terminal."""

import csv
import re
from io import StringIO
from typing import Final

from heapdiff.answers import Rows
from heapdiff.escaping import escape_terminal
from heapdiff.render.rows.cells import is_number, write_value

# where a cell begins, also for a spreadsheet that separates by semicolons, as many countries' do; full width counts, too
FORMULA: Final = re.compile(r"(^|[;|])(?=\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r])")
QUOTED: Final = r"\1'"  # what a spreadsheet takes for: this is text


def render_csv(found: Rows, headed: bool = True) -> str:
    """Numbers stay numbers. What would begin a formula in a text gets a quote before it; control characters become escapes."""
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    if headed:
        writer.writerow(_text(column.name) for column in found.columns)
    writer.writerows(
        (write_value(value) if is_number(value) else _text(write_value(value)) for value in row)
        for row in found.rows
    )
    return stream.getvalue()


def _text(text: str) -> str:
    return escape_terminal(FORMULA.sub(QUOTED, text))
