"""Small lakes from a few words: workers that live for a while, and holders that grow in them as a function of age says.

maker = LakeMaker()
maker.run("w1", release="1.0", hours=24, growth={"shop.cache.SESSIONS": steady(300.0)})
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pyarrow
import pyarrow.parquet

from heapdiff.fleet.lake.committing import commit_files
from heapdiff.fleet.lake.lake import Lake
from heapdiff.fleet.lake.opening import open_lake, open_store
from heapdiff.fleet.lake.schemas import arrow_schema, folder_of
from heapdiff.fleet.tables import TABLES

BEGINNING: Final = datetime(2026, 11, 1, tzinfo=UTC)
EVERY_S: Final = 600
PER_SECOND: Final = 0.5

Growth = Callable[[float, int, random.Random], int]
"""Bytes that a holder gains in an interval that begins at an age (s) and serves so many requests; 0: nothing was found."""


def steady(each: float, seen: float = 1.0) -> Growth:
    """Bytes per request, found in a share of the intervals."""
    return lambda _age, requests, chance: int(each * requests) if chance.random() < seen else 0


def until(age_s: float, each: float) -> Growth:
    """Growth that stops: a warm-up, or a cache that is full."""
    return lambda age, requests, _chance: int(each * requests) if age < age_s else 0


def filling(scale_s: float, each: float) -> Growth:
    """A cache whose rate falls by e in each `scale_s`; below 1 kB nobody notices."""

    def grow(age: float, requests: int, _chance: random.Random) -> int:
        gained = int(each * requests * 2.718281828 ** (-age / scale_s))
        return gained if gained >= 1000 else 0

    return grow


def rarely(share: float, size: int = 50_000) -> Growth:
    """Noise."""
    return lambda _age, _requests, chance: size if chance.random() < share else 0


def fingerprint_of(path: str) -> str:
    return hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:12]


@dataclass
class LakeMaker:
    """Collects rows. `confidence` is what `compare` says of each suspect."""

    service: str = "shop"
    seed: int = 1
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {name: [] for name in TABLES})

    def run(
        self,
        worker: str,
        release: str = "1.0",
        start_h: float = 0.0,
        hours: float = 24.0,
        growth: Mapping[str, Growth] | None = None,
        *,
        age_h: float = 0.0,
        every_s: int = EVERY_S,
        per_second: float | None = PER_SECOND,
        confidence: str = "medium",
        host: str = "",
        limit: int | None = 1_000_000_000,
        rss: int = 100_000_000,
        environment: str = "production",
        **columns: Any,
    ) -> None:
        """One life. `per_second` None: requests aren't counted."""
        chance = random.Random(f"{self.seed}{self.service}{worker}")
        born = BEGINNING + timedelta(hours=start_h - age_h)
        same = {
            "worker": worker,
            "service": self.service,
            "environment": environment,
            "release": release,
            "host": host or f"host-{worker}",
            "pod": "",
            "pid": 100 + len(self.rows["snapshots"]) % 1000,
        }
        points = int(hours * 3600 / every_s) + 1
        used, before, served = rss, None, 0
        for number in range(points):
            at = BEGINNING + timedelta(hours=start_h, seconds=number * every_s)
            if before is not None:
                age = (before - born).total_seconds()
                requests = (
                    None if per_second is None else int(per_second * every_s * chance.uniform(0.8, 1.2))
                )
                served += requests or 0
                worked = int(PER_SECOND * every_s) if requests is None else requests
                used += self._compare(
                    same, before, at, age, requests, worked, growth or {}, chance, confidence, columns
                )
            self._snapshot(same, born, at, used, limit, None if per_second is None else served)
            before = at

    def _compare(
        self,
        same: dict[str, Any],
        before: datetime,
        at: datetime,
        age: float,
        requests: int | None,
        worked: int,
        growth: Mapping[str, Growth],
        chance: random.Random,
        confidence: str,
        columns: Mapping[str, Any],
    ) -> int:
        key = len(self.rows["comparisons"]) + 1
        interval = {
            **same,
            "day": at.strftime("%Y-%m-%d"),
            "before_at": before,
            "after_at": at,
            "age_s": age,
            "requests": requests,
        }
        gained = {path: grow(age, worked, chance) for path, grow in growth.items()}
        gained = {path: size for path, size in gained.items() if size}
        for path, size in gained.items():
            self.rows["suspects"].append(
                {
                    **interval,
                    "comparison": key,
                    "fingerprint": fingerprint_of(path),
                    "path": path,
                    "holder_type": "dict",
                    "kind": "module-global",
                    "held": "shop.models.Session",
                    "confidence": confidence,
                    "own": True,
                    "bytes_delta": size,
                    "objects_delta": size // 100 + 1,
                    "entries_delta": None,
                    "site": "shop/cache.py:31 in session_for",
                    "entry": "shop.product",
                    **columns,
                }
            )
        self.rows["comparisons"].append(
            {
                **interval,
                "key": key,
                "snapshots": 2,
                "rss_delta": sum(gained.values()),
                "verdict": "growth" if gained else "stable",
                "suspects": len(gained),
            }
        )
        return sum(gained.values())

    def _snapshot(
        self,
        same: dict[str, Any],
        born: datetime,
        at: datetime,
        used: int,
        limit: int | None,
        served: int | None,
    ) -> None:
        key = len(self.rows["snapshots"]) + 1
        self.rows["snapshots"].append(
            {
                **same,
                "day": at.strftime("%Y-%m-%d"),
                "key": key,
                "id": f"s{key}",
                "captured_at": at,
                "started_at": born,
                "trigger": "timer",
                "requests": served,
                "rss_bytes": used,
                "limit_bytes": limit,
                "group_bytes": None,
                "python_object_bytes": used - 40_000_000,
                "objects": used // 200,
                "with_graph": True,
            }
        )

    def write(self, folder: Path) -> Lake:
        """A file for each table and day, as a lake has them."""
        commit_files(open_store(str(folder)), {name: self._write(folder, name) for name in TABLES})
        return open_lake(str(folder))

    def _write(self, folder: Path, name: str) -> list[str]:
        days: dict[str, list[dict[str, Any]]] = {}
        for row in self.rows[name]:
            days.setdefault(row["day"], []).append(row)
        paths: list[str] = []
        for day, rows in sorted(days.items()):
            name_of = f"{folder_of(name, day, self.service)}/{len(paths)}.parquet"
            path = folder / name_of
            path.parent.mkdir(parents=True, exist_ok=True)
            pyarrow.parquet.write_table(
                pyarrow.Table.from_pylist(rows, schema=arrow_schema(name)), path, compression="zstd"
            )
            paths.append(name_of)
        return paths
