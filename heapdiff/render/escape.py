"""Makes names from a snapshot safe to show. Knows nothing of HTML, DOT or Markdown: those escape on top."""

from rich.cells import cell_len

from heapdiff.escaping import escape_terminal

__all__ = ["escape_terminal", "shorten", "shorten_start"]

ELLIPSIS = "…"


def shorten(text: str, width: int) -> str:
    """At most `width` terminal cells of the escaped text: the middle gives way to `…`, both ends stay."""
    return _cut(text, width, (width - 1) // 2)


def shorten_start(text: str, width: int) -> str:
    """The same, but the start gives way and the end stays."""
    return _cut(text, width, width - 1)


def _cut(text: str, width: int, tail: int) -> str:
    """With so many cells of its end, and of its start what fits beside it."""
    if len(text) > 8 * width:
        keep = 4 * width
        text = text[:keep] + ELLIPSIS + text[-keep:]
    text = escape_terminal(text)
    if cell_len(text) <= width:
        return text
    if width <= 1:
        return ELLIPSIS[:width]
    head = width - 1 - tail
    return _cells(text, head) + ELLIPSIS + _cells(text[::-1], tail)[::-1]


def _cells(text: str, width: int) -> str:
    """The longest start of the text that fits, without a mark that lost its letter."""
    used = 0
    for position, character in enumerate(text):
        used += cell_len(character)
        if used > width:
            return text[:position]
    return text
