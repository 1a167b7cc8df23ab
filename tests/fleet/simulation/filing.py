"""Rows as the files that they come from: summaries and comparisons in JSON, some of them late, twice, or cut off at first."""

from __future__ import annotations

import json
import random
import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from heapdiff.answers import (
    Allocated,
    Comparison,
    Confidence,
    Entry,
    EntryGrowth,
    EntryKind,
    Garbage,
    Held,
    Holder,
    HolderKind,
    MemoryChange,
    SnapshotRef,
    Suspect,
    Verdict,
    VerdictKind,
)
from heapdiff.format import SUMMARY_SCHEMA
from heapdiff.model import CaptureCost, GraphFile, MemoryUse, ProcessInfo, Summary, TypeCount
from heapdiff.render.json import render_comparison_json

__all__ = ["Delivery", "write_files"]

Row = Mapping[str, Any]
TYPES: Final = 40
ENTRIES: Final = {"view": EntryKind.FLASK_VIEW}
NAMES: Final = ("release", "service", "environment", "pod")


@dataclass
class Delivery:
    """Files below `folder`; what comes `later` is bytes by path there: what was held up, and the whole of what was cut off."""

    folder: Path
    later: dict[Path, bytes]
    duplicates: int = 0
    cut: int = 0

    def complete(self) -> None:
        for path, content in self.later.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def write_files(tables: Mapping[str, pa.Table], folder: Path, seed: int) -> Delivery:
    """A file for each snapshot and each comparison, in a folder for each host, but for those that are late."""
    chance, delivery = random.Random(seed), Delivery(folder, {})
    suspects = defaultdict(list)
    for row in tables["suspects"].to_pylist():
        suspects[row["comparison"]].append(row)
    snapshots = {(row["worker"], row["captured_at"]): row for row in tables["snapshots"].to_pylist()}
    for row in snapshots.values():
        _deliver(delivery, chance, row["host"], row["id"], json.dumps(_summarize(row), indent=1))
    for row in tables["comparisons"].to_pylist():
        pair = [snapshots[row["worker"], row[moment]] for moment in ("before_at", "after_at")]
        text = _compare(row, pair, suspects[row["key"]])
        _deliver(delivery, chance, row["host"], f"compare-{pair[1]['id']}", text)
    return delivery


def _deliver(delivery: Delivery, chance: random.Random, host: str, stem: str, text: str) -> None:
    path, content = delivery.folder / host / f"{stem}.json", text.encode()
    fate = chance.random()
    if fate < 0.04:
        delivery.later[path] = content
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if fate < 0.06:
        path.write_bytes(content[: chance.randrange(1, len(content) - 2)])
        delivery.later[path] = content
        delivery.cut += 1
    elif fate < 0.12:
        twin = delivery.folder / "again" / host / path.name
        twin.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, twin)
        delivery.duplicates += 1


def _summarize(row: Row) -> dict[str, Any]:
    limit = {} if row["limit_bytes"] is None else {"limit_bytes": row["limit_bytes"]}
    current = (
        {} if row["group_bytes"] is None else {"current_bytes": row["group_bytes"], "reclaimable_bytes": 0}
    )
    each = row["python_object_bytes"] // TYPES
    summary = Summary(
        heapdiff="0.1.0",
        id=row["id"],
        label=None,
        captured_at=_text(row["captured_at"]),
        process=ProcessInfo(
            row["pid"], 1, row["host"], _text(row["started_at"]), ("gunicorn",), "3.11.7", "gunicorn",
            row["requests"], row["worker"],
        ),
        trigger=row["trigger"],
        capture=CaptureCost("native", 3.5, 410.0, 0, row["objects"], 2 * row["objects"], row["python_object_bytes"]),
        memory=MemoryUse(
            row["rss_bytes"], None, None, row["python_object_bytes"], cgroup=(limit | current) or None
        ),
        types=tuple(TypeCount(f"shop.models.Type{number}", each // 64, each) for number in range(TYPES)),
        graph=GraphFile(f"{row['id']}.heap", 4_000_000, 1),
    )  # fmt: skip
    content = {"schema": SUMMARY_SCHEMA, **asdict(summary)}
    content["process"] |= {name: row[name] for name in NAMES}
    return content


def _compare(row: Row, pair: Sequence[Row], suspects: Sequence[Row]) -> str:
    refs = tuple(
        SnapshotRef(
            f"{each['id']}.json", each["id"], _text(each["captured_at"]), each["pid"], each["objects"],
            each["python_object_bytes"], each["rss_bytes"], each["requests"], None, each["host"],
            _text(each["started_at"]), each["worker"],
        )
        for each in pair
    )  # fmt: skip
    before, after = (each["rss_bytes"] for each in pair)
    comparison = Comparison(
        refs,
        Verdict(VerdictKind(row["verdict"]), "See below."),
        (MemoryChange("rss", before, after, after - before),),
        tuple(_suspect(number, each) for number, each in enumerate(suspects, 1)),
        (),
        Garbage(0, 0),
        (),
    )
    content = json.loads(render_comparison_json(comparison))
    for ref in content["snapshots"]:
        ref |= {name: row[name] for name in NAMES}
    return json.dumps(content, indent=2) + "\n"


def _suspect(rank: int, row: Row) -> Suspect:
    entries = row["entries_delta"]
    each = row["bytes_delta"] // max(1, entries)
    per_request = row["bytes_delta"] / row["requests"] if row["requests"] else None
    return Suspect(
        rank,
        Holder(row["path"], row["holder_type"], HolderKind(row["kind"]), "0x7f0000001000", 0, entries),
        (Held(row["held"], row["objects_delta"], row["bytes_delta"]),),
        row["objects_delta"],
        row["bytes_delta"],
        per_request,
        (),
        row["fingerprint"],
        Confidence(row["confidence"]),
        f"It gained {entries:,} entries.",
        (),
        entries=EntryGrowth(entries, each),
        own=row["own"],
        allocated=_allocated(row),
    )


def _allocated(row: Row) -> tuple[Allocated, ...]:
    if not row["site"]:
        return ()
    place, _, function = row["site"].partition(" in ")
    file, _, line = place.rpartition(":")
    word, _, name = row["entry"].partition(" ")
    entry = Entry(ENTRIES[word], name)
    return (Allocated(file, int(line), function, entry, 28, 0.93, row["bytes_delta"], True),)


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
