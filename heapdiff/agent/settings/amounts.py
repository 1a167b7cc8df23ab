"""Amounts as people write them in a configuration: `800MB`, `90%`, `10m`. Raises ValueError or TypeError."""

import math
import re
from typing import Final, NamedTuple

NUMBER: Final = r"([0-9]{1,15}(?:\.[0-9]{1,9})?)"
SIZE: Final = "(?i)" + NUMBER + r"\s*([kmgt]?i?b?)"
SHARE: Final = r"([0-9]{1,3})\s*%"
DURATION: Final = "(?i)" + NUMBER + r"\s*([a-z]*)"
POWERS: Final = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
SECONDS: Final = {
    "": 1, "s": 1, "sec": 1, "seconds": 1, "m": 60, "min": 60, "minutes": 60,
    "h": 3600, "hours": 3600, "d": 86400, "days": 86400,
}  # fmt: skip
MAX_BYTES: Final = 1 << 60
MAX_SECONDS: Final = 30 * 86400


class Threshold(NamedTuple):
    """Resident memory that is too much: bytes, or percent of the memory limit. One of the two is 0."""

    bytes: int = 0
    percent: int = 0


def parse_bytes(value: object, kilo: int = 1 << 10) -> int:
    """`800MB` is 800 times 2**20, as `ps` and `top` count; with a `kilo` of 1000, only `800MiB` is. A bare number is bytes."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise TypeError(f"expected a size such as 800MB, not {type(value).__name__}")
    match = re.fullmatch(SIZE, str(value).strip())
    if match is None:
        raise ValueError("expected a size such as 800MB or 2GB")
    unit = match[2].lower().rstrip("b")
    size = int(float(match[1]) * (1 << 10 if "i" in unit else kilo) ** POWERS[unit.rstrip("i")])
    if not 1 <= size <= MAX_BYTES:
        raise ValueError("the size is out of range")
    return size


def parse_threshold(value: object) -> Threshold:
    share = re.fullmatch(SHARE, value.strip()) if isinstance(value, str) else None
    if share is None:
        return Threshold(bytes=parse_bytes(value))
    if not 1 <= int(share[1]) <= 100:
        raise ValueError("a share must be between 1% and 100%")
    return Threshold(percent=int(share[1]))


def parse_seconds(value: object) -> int:
    """Whole seconds, rounded up; `90`, `10m`, `1h`."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise TypeError(f"expected a duration such as 10m, not {type(value).__name__}")
    text = repr(value) if isinstance(value, float) else str(value).strip()
    match = re.fullmatch(DURATION, text)
    if match is None or match[2].lower() not in SECONDS:
        raise ValueError("expected a duration such as 90s or 10m")
    seconds = math.ceil(float(match[1]) * SECONDS[match[2].lower()])
    if seconds > MAX_SECONDS:
        raise ValueError("the duration can't be longer than 30 days")
    return seconds


def parse_period(value: object) -> int:
    seconds = parse_seconds(value)
    if seconds < 1:
        raise ValueError("the duration must be at least one second")
    return seconds


def parse_count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise TypeError(f"expected a number, not {type(value).__name__}")
    if len(str(value)) > 12:
        raise ValueError("the number is too long")
    try:
        count = int(value)
    except ValueError:
        raise ValueError("not a number") from None
    if count < 1:
        raise ValueError("the number must be at least 1")
    return count
