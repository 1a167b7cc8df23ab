"""Names from a heap in what somebody may paste into a shell or a module: a file from elsewhere may have any there."""

from __future__ import annotations

import re
from shlex import quote
from typing import Final

PLAIN: Final = re.compile(r"[\w.][\w.-]*", re.ASCII)
SPECIAL_IN_QUOTES: Final = re.compile(r"[\"$`\\!\x00-\x1f\x7f]")


def shell_word(text: str) -> str:
    """The text as one word for a shell, in double quotes where nothing in it is special there: paths have single ones."""
    if PLAIN.fullmatch(text):
        return text
    return quote(text) if SPECIAL_IN_QUOTES.search(text) else f'"{text}"'


def code_word(text: str, instead: str) -> str:
    """The text where it's a name in Python code, dots included."""
    return text if all(part.isidentifier() for part in text.split(".")) else instead
