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
    return _start(text, width - 1 - tail) + ELLIPSIS + _end(text, tail)


def _start(text: str, width: int) -> str:
    """The longest start of the text that fits."""
    kept = text[: _fitting(text, width)]
    while cell_len(kept) > width:  # two characters may be wider together, as a symbol in emoji style
        kept = kept[:-1]
    return kept


def _end(text: str, width: int) -> str:
    """The longest end of the text that fits, without a mark that lost its letter."""
    kept = text[len(text) - _fitting(text[::-1], width) :]
    while kept and (cell_len(kept) > width or not cell_len(kept[0])):
        kept = kept[1:]
    return kept


def _fitting(text: str, width: int) -> int:
    """How many characters fit, each measured alone."""
    used = 0
    for position, character in enumerate(text):
        used += cell_len(character)
        if used > width:
            return position
    return len(text)
