"""Numbers as people read them: thousands separators, signs, and sizes in powers of 1000 (1 kB = 1000 B)."""

from datetime import datetime

UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


def count(number: int) -> str:
    """`12,345`"""
    return f"{number:,}"


def signed(number: int) -> str:
    """`+12,345`, `-3`, `0`"""
    return f"{number:+,}" if number else "0"


def size(number: float) -> str:
    """Three significant digits with a unit: `999 B`, `1.23 kB`, `48.0 MB`."""
    if abs(number) < 999.5:
        return f"{number:.0f} B"
    unit = 0
    while abs(number) >= 999.5 and unit < len(UNITS) - 1:
        number /= 1000
        unit += 1
    digits = 2 if abs(number) < 9.995 else 1 if abs(number) < 99.95 else 0
    return f"{number:,.{digits}f} {UNITS[unit]}"


def signed_size(number: float) -> str:
    """`+48.0 MB`, `-1.20 kB`, `0 B`"""
    return f"+{size(number)}" if number > 0 else size(number)


def plural(number: int, noun: str) -> str:
    """`1 object`, `2,000 objects`; the noun takes an s, or is given as `entry/entries`."""
    one, _, many = noun.partition("/")
    return f"{number:,} {one if abs(number) == 1 else many or one + 's'}"


def moment(captured_at: str) -> str:
    """`2026-11-22 14:05:07` from a snapshot's time; what is no time is shown as it stands."""
    try:
        return datetime.fromisoformat(captured_at).strftime("%Y-%m-%d %H:%M:%S")
    except ValueError:
        return captured_at


def elapsed(seconds: float) -> str:
    """`45 s`, `10 min`, `3.2 h`, `2.5 days`"""
    for limit, divisor, unit in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if seconds < limit:
            return f"{seconds / divisor:.{0 if divisor == 1 or seconds >= 10 * divisor else 1}f} {unit}"
    return f"{seconds / 86_400:.1f} days"


def duration(before: str, after: str) -> str:
    """The time between two captures, as `elapsed` says it; empty where either is no time."""
    try:
        return elapsed((datetime.fromisoformat(after) - datetime.fromisoformat(before)).total_seconds())
    except (TypeError, ValueError):
        return ""


def cost(taken: int, share: float, saved: int | None) -> str:
    """`129 MB, 31.0 % of the heap; changing it saves about 128 MB`; empty where nothing was measured"""
    of_heap = f", {100 * share:.1f} % of the heap" if share else ""
    now = f"{size(taken)}{of_heap}" if taken else ""
    then = f"changing it saves about {size(saved)}" if saved else ""
    return "; ".join(filter(None, (now, then)))
