"""A failure as it stands below a test: what grew, what it holds, how it's reached, who allocated it, what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Final

from heapdiff.answers import Suspect
from heapdiff.escaping import escape_terminal
from heapdiff.render.amounts import count, plural, signed, size

SHOWN: Final = 5
MOST_HELD: Final = 3
WIDTH: Final = 11


class Course(Enum):
    """How a holder grew: with the calls to the end, or more and more slowly, with no bound in sight."""

    STEADY = "steady"
    SLOWING = "slowing"


def tell_failure(
    found: Sequence[tuple[Suspect, Course]], calls: int, rounds: int, allowed: str, written: str = ""
) -> str:
    return "\n".join(_lines(found, calls, rounds, allowed, written))


def tell_left_out(suspect: Suspect, why: str) -> str:
    path = escape_terminal(suspect.holder.path)
    return f"{path} grew by {_grown(suspect)}, which doesn't count: {escape_terminal(why)}"


def _lines(
    found: Sequence[tuple[Suspect, Course]], calls: int, rounds: int, allowed: str, written: str
) -> Iterator[str]:
    leaks = any(course is Course.STEADY for _, course in found)
    what = "memory grows with every call" if leaks else "something is still filling"
    yield f"heapdiff: {what} ({count(calls)} calls in {plural(rounds, 'round')} after a warm-up; allowed: {allowed})"
    for suspect, course in found[:SHOWN]:
        yield ""
        yield from _suspect(suspect, course, calls)
    if len(found) > SHOWN:
        yield ""
        yield f"and {plural(len(found) - SHOWN, 'more holder')}"
    if written:
        yield ""
        yield f"Report: {written}"


def _suspect(suspect: Suspect, course: Course, calls: int) -> Iterator[str]:
    path = escape_terminal(suspect.holder.path)
    if course is Course.STEADY:
        yield f"{path} gained {_grown(suspect)}, {_pace(suspect, calls)}, with no end in sight"
    else:
        yield (
            f"{path} is still filling: it gained {_grown(suspect)}, more and more slowly, but no bound was reached "
            f"after {count(calls)} calls"
        )
    held = ", ".join(
        f"{signed(each.count_delta)} {escape_terminal(each.type)} ({size(each.bytes_delta)})"
        for each in suspect.holds[:MOST_HELD]
    )
    chain = " → ".join(f"{each.step} {each.name}" for each in suspect.chain)
    bound = (
        "If it's a cache, bound it, or give more rounds (rounds=8), or a max_growth that it may reach."
        if course is Course.SLOWING
        else ""
    )
    rows = (
        ("is a", suspect.holder.type),
        ("holds", held),
        ("held by", chain),
        ("allocated", suspect.witness.removeprefix("Allocated ") if suspect.is_allocation_known else ""),
        *(("to do", advice) for advice in suspect.advice[:1]),
        ("to do", bound),
    )
    for name, text in rows:
        if text:
            yield f"  {name:<{WIDTH}}{escape_terminal(text)}"


def _grown(suspect: Suspect) -> str:
    entries = suspect.entries.count_delta or 0
    amount = size(suspect.bytes_delta)
    if entries > 0:
        return f"{plural(entries, 'entry/entries')} ({amount})"
    if suspect.objects_delta > 0:
        return f"{plural(suspect.objects_delta, 'object')} ({amount})"
    return amount


def _pace(suspect: Suspect, calls: int) -> str:
    """`one per call`, `2.5 per call`, `one per 3 calls`, or bytes per call if nothing can be counted."""
    units = max(suspect.entries.count_delta or 0, 0) or max(suspect.objects_delta, 0)
    if not units:
        return f"{size(suspect.bytes_delta / calls)} per call"
    rate = units / calls
    if rate >= 0.95:
        return "one per call" if abs(rate - 1) < 0.05 else f"{_number(rate)} per call"
    return f"one per {_number(1 / rate)} calls"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value - round(value)) < 0.05 else f"{value:,.1f}"
