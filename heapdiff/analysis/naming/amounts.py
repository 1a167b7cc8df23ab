"""Counts, bytes and times in words."""


def count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def format_bytes(amount: int) -> str:
    """Bytes in words; 1 kB is 1000 bytes."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if abs(amount) >= size:
            return f"{amount / size:,.1f} {unit}"
    return f"{amount:,} bytes"


def format_period(seconds: float) -> str:
    """`45 s`, `10 min`, `3.2 h`, `2.5 days`."""
    for most, divisor, unit in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if seconds < most:
            return f"{seconds / divisor:.{0 if divisor == 1 or seconds >= 10 * divisor else 1}f} {unit}"
    return f"{seconds / 86_400:,.1f} days"
