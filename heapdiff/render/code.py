"""Code that can put something into a holder, in a sentence."""

from collections.abc import Sequence
from typing import Final

from heapdiff.answers import Putter

MOST_FUNCTIONS: Final = 3
MOST_ENTRIES: Final = 3


def tell_putters(code: Sequence[Putter]) -> str:
    """`Code that can put something there: shop.cache.session_for, from every request (hook shop.views.open_session).`"""
    if not code:
        return ""
    hidden = len(code) - MOST_FUNCTIONS
    shown = code[:MOST_FUNCTIONS] if hidden > 1 else code[: MOST_FUNCTIONS + 1]
    parts = [*map(_describe, shown), *([f"{hidden} more functions"] if hidden > 1 else [])]
    return f"Code that can put something there: {'; '.join(parts)}."


def _describe(putter: Putter) -> str:
    name = f"{putter.module}.{putter.function}"
    return f"{name}, from {_from(putter)}" if putter.reached_from else name


def _from(putter: Putter) -> str:
    names = [str(entry) for entry in putter.reached_from]
    if putter.every_request:
        return f"every request ({names[0]})"
    if putter.all_views:
        return "all views"
    hidden = putter.entries - MOST_ENTRIES
    shown = [*names[:MOST_ENTRIES], f"{hidden} more"] if hidden > 1 else names
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))
