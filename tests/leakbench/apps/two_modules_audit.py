"""The audit of `two_modules`: it keeps the bookings that it was shown."""

from __future__ import annotations

from typing import Protocol

SHOWN: list[Auditable] = []


class Auditable(Protocol):
    @property
    def text(self) -> str: ...


def audit(entry: Auditable) -> None:
    SHOWN.append(entry)
