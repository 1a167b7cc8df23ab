"""The answer to `fleet ingest`: what was looked at, what of it became part of the lake, and what didn't, and why."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A source that was left out, or whose graph was. It's taken once it has changed."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class TableGain:
    """How many rows a table gained."""

    table: str
    rows: int


@dataclass(frozen=True, slots=True)
class Ingested:
    """What one run of `fleet ingest` did.

    Of the `sources` that were listed, `known` ones were seen before, `new` ones hold snapshots or comparisons, those that were
    `passed_over` are other JSON, and `failures` are the first of the `unreadable` ones. `duplicates`: snapshots and comparisons
    that the lake has from elsewhere; `compared`: pairs of snapshots; `overlapping`: comparisons that were left out because
    others lie across them; `shortened`: ones with more suspects than are kept; `moved`: snapshots from a clock ahead of ours.
    `files` and `bytes` were written, `merged` small ones made into larger ones, and `cleaned` ones were of no use any more.
    """

    lake: str
    sources: int
    known: int
    new: int
    passed_over: int
    duplicates: int
    unreadable: int
    failures: tuple[Unreadable, ...]
    compared: int
    overlapping: int
    shortened: int
    moved: int
    tables: tuple[TableGain, ...]
    files: int
    bytes: int
    merged: int
    cleaned: int
