"""From a document to rows of the lake, as tuples in the order of the tables' columns. Raises ValueError for what is wrong there.

Moments are microseconds since 1970, in UTC. One that lies ahead of our own clock is moved to when the source was written, and
what else its row says of time with it; keys are of what was told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from heapdiff.answers.comparison import ENTRY_WORDS, EntryKind, name_site
from heapdiff.fields import MAX_INTEGER, Fields
from heapdiff.fleet.ingest.sources import day_of, hash_texts

AHEAD_US: Final = 5 * 60 * 1_000_000
MOST_SUSPECTS: Final = 50
MOST_NAME: Final = 256  # of what tells things apart; a longer one is refused
MOST_TEXT: Final = 500  # of what is only shown; a longer one is cut
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
WORDS: Final = {kind.value: words for kind, words in ENTRY_WORDS.items()}
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Clock:
    """Our own time, and when the source was written."""

    now_us: int
    written_us: int

    def shift(self, told_us: int) -> int:
        """By how much a moment is moved."""
        if told_us <= self.now_us + AHEAD_US:
            return 0
        return min(self.written_us, self.now_us) - told_us


@dataclass(frozen=True, slots=True)
class Process:
    """The columns of a worker, in their order."""

    worker: str
    service: str
    environment: str
    release: str
    host: str
    pod: str
    pid: int

    @property
    def row(self) -> Row:
        return self.worker, self.service, self.environment, self.release, self.host, self.pod, self.pid


@dataclass(frozen=True, slots=True)
class SnapshotTaken:
    """A row of `snapshots`; `told_day` is the day that its source says, `day` that of the row."""

    key: int
    process: Process
    id: str
    told_us: int
    at_us: int
    told_day: str
    day: str
    row: Row


@dataclass(frozen=True, slots=True)
class ComparisonTaken:
    """A row of `comparisons`, and those of its suspects."""

    key: int
    process: Process
    before_us: int
    after_us: int
    told_day: str
    day: str
    row: Row
    suspects: tuple[Row, ...]
    shortened: bool


def take_snapshot(fields: Fields, clock: Clock) -> SnapshotTaken:
    info = fields.object("process")
    process = read_process(info)
    id_, captured_at = _name(fields, "id"), fields.moment("captured_at")
    told = microseconds(captured_at)
    shift = clock.shift(told)
    day = day_of(told + shift)
    started = _started(info)
    memory = fields.object("memory")
    group = memory.optional_object("cgroup") or Fields({})
    key = hash_texts("snapshot", process.worker, id_, captured_at)
    row = (
        day,
        *process.row,
        key,
        id_,
        told + shift,
        None if started is None else max(started + shift, 0),
        same(_text(fields, "trigger")),
        info.optional_integer("requests"),
        memory.integer("rss_bytes"),
        group.optional_integer("limit_bytes"),
        group.optional_integer("current_bytes"),
        memory.integer("python_object_bytes"),
        fields.object("capture").integer("objects"),
        fields.content.get("graph") is not None,
    )
    return SnapshotTaken(key, process, id_, told, told + shift, day_of(told), day, row)


def take_comparison(fields: Fields, clock: Clock, process: Process | None = None) -> ComparisonTaken | None:
    """None if its snapshots are of several processes, or of one moment: that is no interval of a worker. `process`: known better
    than the document says it."""
    refs = sorted(fields.objects("snapshots"), key=lambda ref: (ref.moment("captured_at"), ref.text("id")))
    if len(refs) < 2 or len({_worker(ref) for ref in refs}) > 1:
        return None
    first, last = refs[0], refs[-1]
    told_before, told_after = (
        microseconds(first.moment("captured_at")),
        microseconds(last.moment("captured_at")),
    )
    if told_before == told_after:
        return None
    process = process or read_process(last)
    shift = clock.shift(told_after)
    before, after = max(told_before + shift, 0), told_after + shift
    day = day_of(after)
    key = hash_texts(
        "comparison", process.worker, *(f"{ref.moment('captured_at')} {_name(ref, 'id')}" for ref in refs)
    )
    started = _started(first)
    interval = (
        before,
        after,
        None if started is None or started > told_before else (told_before - started) / 1e6,
        _difference(last.optional_integer("requests"), first.optional_integer("requests")),
    )
    found = list(fields.objects("suspects"))
    head = (day, *process.row, key)
    suspects = tuple((*head, *interval, *_suspect(each)) for each in found[:MOST_SUSPECTS])
    row = (
        *head,
        *interval,
        len(refs),
        last.integer("rss_bytes") - first.integer("rss_bytes"),
        same(_name(fields.object("verdict"), "kind")),
        len(suspects),
    )
    return ComparisonTaken(
        key, process, before, after, day_of(told_after), day, row, suspects, len(found) > MOST_SUSPECTS
    )


def take_comparisons(fields: Fields, clock: Clock) -> list[ComparisonTaken]:
    """Those of a `compare/1` or `comparisons/1`."""
    documents = fields.objects("processes") if fields.text("schema") == "comparisons/1" else [fields]
    return [taken for each in documents if (taken := take_comparison(each, clock)) is not None]


def read_process(info: Fields) -> Process:
    return Process(
        worker=same(_worker(info)),
        service=_optional_name(info, "service"),
        environment=_optional_name(info, "environment"),
        release=_optional_name(info, "release"),
        host=_optional_name(info, "host"),
        pod=_optional_name(info, "pod"),
        pid=info.integer("pid"),
    )


def microseconds(moment: str) -> int:
    """Of a moment as heapdiff writes it. Raises ValueError for one before 1970."""
    since = datetime.fromisoformat(moment) - EPOCH
    if since.days < 0:
        raise ValueError(f"{moment} is before 1970")
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _worker(info: Fields) -> str:
    identity = _optional_name(info, "identity")
    return (
        identity
        or f"{_optional_name(info, 'host')}-{info.integer('pid')}-{_optional_name(info, 'started_at')}"
    )


def _started(info: Fields) -> int | None:
    """Earlier versions, and other systems, don't always know."""
    try:
        return microseconds(info.moment("started_at"))
    except ValueError:
        return None


def _difference(after: int | None, before: int | None) -> int | None:
    return None if after is None or before is None or after < before else after - before


def _suspect(suspect: Fields) -> Row:
    holder = suspect.object("holder")
    held = next(suspect.objects("holds"), None)
    allocated = next(suspect.objects("allocated"), None) if "allocated" in suspect else None
    entries = suspect.optional_object("entries")
    return (
        same(_name(suspect, "fingerprint")),
        same(_text(holder, "path")),
        same(_text(holder, "type")),
        same(_name(holder, "kind")),
        "" if held is None else same(_text(held, "type")),
        same(_name(suspect, "confidence")),
        suspect.flag("own"),
        _amount(suspect, "bytes_delta"),
        _amount(suspect, "objects_delta"),
        None
        if entries is None or entries.content.get("count_delta") is None
        else _amount(entries, "count_delta"),
        "" if allocated is None else same(_site(allocated)),
        "" if allocated is None else same(_entry(allocated.optional_object("entry"))),
    )


def _site(allocated: Fields) -> str:
    return cut(name_site(allocated.text("file"), allocated.integer("line"), allocated.text("function")))


def _entry(entry: Fields | None) -> str:
    if entry is None:
        return ""
    words = WORDS.get(_name(entry, "kind"), ENTRY_WORDS[EntryKind.OTHER])
    return cut(" ".join(filter(None, (words, entry.text("name")))))


def _amount(fields: Fields, key: str) -> int:
    """An integer of either sign."""
    value = fields.content.get(key)
    if type(value) is not int or abs(value) > MAX_INTEGER:
        raise ValueError(f"{fields.where}.{key} is not an integer up to {MAX_INTEGER}")
    return value


def _name(fields: Fields, key: str) -> str:
    text = fields.text(key)
    if len(text) > MOST_NAME:
        raise ValueError(f"its {key} is longer than {MOST_NAME} characters")
    return text


def _optional_name(fields: Fields, key: str) -> str:
    return "" if fields.content.get(key) is None else same(_name(fields, key))


def _text(fields: Fields, key: str) -> str:
    return cut(fields.text(key))


@lru_cache(maxsize=4096)
def same(text: str) -> str:
    """One object for equal texts, of which a batch has many."""
    return text


def cut(text: str) -> str:
    return text if len(text) <= MOST_TEXT else f"{text[: MOST_TEXT - 1]}…"
