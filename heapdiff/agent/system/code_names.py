"""What code calls things, told from a user's data: the one rule by which names are written into a snapshot."""

import re
import sys
from typing import Final

HIDDEN: Final = "<hidden>"  # stands where a class's name or module is none of code's
CODE_TEXT_MOST: Final = 255
PART: Final = re.compile(r"<(?:locals|lambda|module|genexpr|listcomp|setcomp|dictcomp)>|[^.<>\[\], ]+")
DEFAULT_THREAD: Final = re.compile(
    r"MainThread|QueueManagerThread|QueueFeederThread|Dummy-N|asyncio_N|ThreadPoolExecutor-N_N|"
    r"Thread-N(?: \((?P<function>.*)\))?".replace("N", r"\d{1,9}"),
    re.ASCII | re.DOTALL,
)


def is_identifier(text: str) -> bool:
    """As code has them: `_4711__items` is what the interpreter makes of `__items`, a slot of a class called `4711`."""
    rest = text.lstrip("_") if text.startswith("_") else ""
    mangled_data = "__" in rest and not rest[0].isidentifier()
    return len(text) <= CODE_TEXT_MOST and text.isidentifier() and not mangled_data


def is_code_name(text: str) -> bool:
    """Whether modules, classes and functions can be called that: `shop.views.search.<locals>.Row`, `Page[User]`."""
    at = depth = 0
    while len(text) <= CODE_TEXT_MOST and (part := PART.match(text, at)):
        if not (part[0].startswith("<") or is_identifier(part[0])):
            return False
        at = part.end()
        while depth and text.startswith("]", at):
            at, depth = at + 1, depth - 1
        if at == len(text):
            return depth == 0
        following = depth and text.startswith(", ", at)
        if not following and text[at] not in ".[":
            return False
        depth += text[at] == "["
        at += 2 if following else 1
    return False


def hide_data(text: str) -> str:
    """A part of a class's name, or what stands in its place."""
    return text if not text or is_code_name(text) else HIDDEN


def is_thread_name(name: str) -> bool:
    """As the standard library numbers threads, or an identifier that stands in the code."""
    found = DEFAULT_THREAD.fullmatch(name)
    if found:
        return len(name) <= CODE_TEXT_MOST and (found["function"] is None or is_code_name(found["function"]))
    return is_identifier(name) and is_written_in_code(name)


def is_written_in_code(name: str) -> bool:
    """Whether it's an identifier that the compiler interned; one that was read or put together is not."""
    return sys.intern(name.encode().decode()) is name


def is_known_to_code(identifier: str) -> bool:
    """Whether one with the same text was interned before; from now on, it was. One of a single character is nobody's data."""
    copy = identifier.encode().decode()
    return len(identifier) == 1 or sys.intern(copy) is not copy
