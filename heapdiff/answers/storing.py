"""What earlier commands stored for later ones, as `heapdiff cache` says it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoredSnapshot:
    """What is stored of one snapshot. `path`: where it was; empty for files that no command believes or finished."""

    path: str
    bytes: int
    used_at: str  # last written or read


@dataclass(frozen=True, slots=True)
class Stored:
    """`directory` is None where the user has none. `refusal`: why it isn't used, empty if it is."""

    directory: str | None
    bytes: int
    bound_bytes: int
    snapshots: tuple[StoredSnapshot, ...]
    refusal: str = ""
