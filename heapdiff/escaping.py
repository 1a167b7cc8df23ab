"""How a name from a snapshot reads where it is printed, and so how it may be typed again."""

import re
from typing import Final
from unicodedata import category

MAX_MARKS: Final = 2
MARKS: Final = ("Mn", "Me")
# printable by their category, and yet nothing to be seen: fillers, blanks, variation selectors, joiners of marks
INVISIBLE: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U0001d159\U000e0100-\U000e01ef]"
)
EMOJI_STYLE: Final = "\ufe0f"  # behind a symbol it is how most keyboards write one
HARMLESS: Final = re.compile(r"[\n\t -~]*")


def escape_terminal(text: str) -> str:
    """The text with everything that could steer a terminal, hide, or reorder or break a line, as a visible escape.

    Control and format characters (newline, ESC, right-to-left override, zero-width), lone surrogates, exotic
    blanks and what is invisible become `\\n`, `\\x1b`, `\\u202e`. Combining marks stay behind a character, up to two
    in a row. Rich's markup needs no escape: every console here prints with markup off.
    """
    if text.isascii() and text.isprintable():
        return text
    shown: list[str] = []
    before, marks = "", MAX_MARKS  # a mark at the start would change what stands before the text
    for character in text:
        if " " <= character <= "~":
            marks, visible = 0, True
        else:
            marks = marks + 1 if category(character) in MARKS else 0
            hidden = bool(INVISIBLE.match(character)) and not _is_style(before, character)
            visible = character.isprintable() and marks <= MAX_MARKS and not hidden
        shown.append(character if visible else character.encode("unicode_escape").decode("ascii"))
        before = character
    return "".join(shown)


def escape_lines(text: str) -> str:
    """A document with the same done to each of its lines; tabs stay, too."""
    if HARMLESS.fullmatch(text):
        return text
    return "".join(
        part if part in ("\n", "\t") else escape_terminal(part) for part in re.split(r"([\n\t])", text)
    )


def _is_style(before: str, character: str) -> bool:
    return character == EMOJI_STYLE and bool(before) and category(before) == "So"
