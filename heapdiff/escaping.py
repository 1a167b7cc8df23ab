"""How a name from a snapshot reads where it is printed, and so how it may be typed again."""

from unicodedata import category

MAX_MARKS = 2


def escape_terminal(text: str) -> str:
    """The text with everything that could steer a terminal, or reorder or break a line, as a visible escape.

    Control and format characters (newline, ESC, right-to-left override, zero-width), lone surrogates and
    exotic blanks become `\\n`, `\\x1b`, `\\u202e`. Combining marks stay, up to two in a row. Rich's markup
    needs no escape: every console here prints with markup off.
    """
    if text.isascii() and text.isprintable():
        return text
    shown: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if category(character) in ("Mn", "Me") else 0
        visible = character.isprintable() and marks <= MAX_MARKS
        shown.append(character if visible else character.encode("unicode_escape").decode("ascii"))
    return "".join(shown)
