"""A sheet as one self-contained page without scripts."""

from __future__ import annotations

from heapdiff.render.fleet.sheet import Sheet
from heapdiff.render.html.page import render_still_page


def page_sheet(sheet: Sheet, command: str = "") -> str:
    """The page as HTML. `command` is how the reader makes it again."""
    return render_still_page("fleet.html", sheet=sheet, command=command)
