"""What a lake's entries say: files that came and went. Values, and their JSON. Believes nothing that it did not check."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Final

from heapdiff.errors import LakeError
from heapdiff.fields import Fields, parse_fields
from heapdiff.fleet.lake.schemas import COLUMNS

ENTRY, WHOLE = "lake-entry/1", "lake-state/1"
FORGET_S: Final = 4 * 86_400.0  # after which a file that went is no matter any more
FORBIDDEN: Final = ("", ".", "..")


@dataclass(frozen=True, slots=True)
class DataFile:
    """A Parquet file of one table and day. `first_us` and `last_us` bound the moments of its rows, by which others pass it over:
    `captured_at`, or `before_at` and `after_at`; 0 where it has none.
    """

    table: str
    name: str
    day: str
    rows: int
    bytes: int
    first_us: int = 0
    last_us: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """What one entry does: it adds files, and takes others out."""

    adds: tuple[DataFile, ...] = ()
    removes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """All entries up to `number`, whose token is `token`. `removed`: files that went, and when, in seconds of the storage's
    clock; who opened the lake before may still read them.
    """

    number: int = 0
    token: str = ""
    files: Mapping[str, DataFile] = field(default_factory=dict)
    removed: Mapping[str, float] = field(default_factory=dict)

    def of(self, table: str, day: str | None = None) -> Iterator[DataFile]:
        return (
            each for each in self.files.values() if each.table == table and (day is None or each.day == day)
        )

    def after(self, change: Change, token: str, now_s: float) -> State:
        gone = set(change.removes)
        files = {name: each for name, each in self.files.items() if name not in gone}
        files.update((each.name, each) for each in change.adds)
        removed = {name: at for name, at in self.removed.items() if now_s - at < FORGET_S}
        return State(self.number + 1, token, files, {**removed, **dict.fromkeys(change.removes, now_s)})


def write_change(change: Change) -> bytes:
    return _write(
        {"schema": ENTRY, "adds": [asdict(each) for each in change.adds], "removes": list(change.removes)}
    )


def write_state(state: State) -> bytes:
    removed = [{"name": name, "at_s": at} for name, at in state.removed.items()]
    files = [asdict(each) for each in state.files.values()]
    return _write({"schema": WHOLE, "files": files, "removed": removed})


def read_change(content: bytes, where: str) -> Change:
    """Raises LakeError."""
    try:
        fields = _parse(content, ENTRY)
        return Change(tuple(_read_files(fields.objects("adds"))), tuple(map(_safe, fields.texts("removes"))))
    except ValueError as error:
        raise _damaged(where, error) from error


def read_whole(content: bytes, where: str, number: int, token: str) -> State:
    """Raises LakeError."""
    try:
        fields = _parse(content, WHOLE)
        files = {each.name: each for each in _read_files(fields.objects("files"))}
        removed = {_safe(each.text("name")): each.number("at_s") for each in fields.objects("removed")}
    except ValueError as error:
        raise _damaged(where, error) from error
    return State(number, token, files, removed)


def _write(content: object) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()


def _parse(content: bytes, schema: str) -> Fields:
    fields = parse_fields(content)
    if fields.text("schema") != schema:
        raise ValueError(f"written as {fields.text('schema')[:40]!a}; this heapdiff reads {schema!r}")
    return fields


def _read_files(files: Iterable[Fields]) -> Iterator[DataFile]:
    for each in files:
        table = each.text("table")
        if table in COLUMNS:  # a later heapdiff may have more
            yield DataFile(
                table=table,
                name=_safe(each.text("name")),
                day=each.text("day"),
                rows=each.integer("rows"),
                bytes=each.integer("bytes"),
                first_us=each.integer("first_us"),
                last_us=each.integer("last_us"),
            )


def _safe(name: str) -> str:
    """A name that leads to nowhere but the lake."""
    if any(part in FORBIDDEN for part in name.split("/")) or "\0" in name:
        raise ValueError(f"{name[:80]!a} is no name of a file in a lake")
    return name


def _damaged(where: str, error: ValueError) -> LakeError:
    return LakeError(
        f"{where}: not a lake's entry ({error})", "Restore it, or delete the lake and ingest again."
    )
