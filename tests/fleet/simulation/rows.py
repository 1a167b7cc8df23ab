"""What was seen, as rows of the lake's tables: Arrow, in whole columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heapdiff.fleet.lake.schemas import arrow_schema
from tests.fleet.simulation.judging import CONFIDENCES
from tests.fleet.simulation.plan import Holder
from tests.fleet.simulation.workers import Floats, Integers
from tests.fleet.simulation.world import DAY, UNKNOWN, VARIANTS, Seen, World

__all__ = ["make_tables", "split"]

WORKER: Final = ("worker", "service", "environment", "release", "host", "pod", "pid")
HOLDER: Final = ("fingerprint", "path", "holder_type", "kind", "held", "own", "site", "entry")
VERDICTS: Final = ("stable", "inconclusive", "growth", "leak")
SNAPSHOT, COMPARISON = 1, 2


def make_tables(world: World, seen: Seen) -> dict[str, pa.Table]:
    """One table each, rows in the order of time."""
    places, lives = world.places, world.lives
    numbers, life = np.unique(seen.life, return_inverse=True)
    place = np.array(lives.place, np.int64)[numbers]
    started = np.array(lives.started)[numbers] + places.skew[place]
    workers = _name_workers(world, numbers)
    at = seen.at + places.skew[place][life]
    limits = np.where(np.isfinite(world.limit[place]), world.limit[place], UNKNOWN).astype(np.int64)
    epoch = int(np.datetime64(world.plan.begins, "us").astype(np.int64))
    moments, starts = _moments(at, epoch), _moments(started, epoch)
    of = {name: column.take(pa.array(life)) for name, column in workers.items()}
    snapshots = {
        **of,
        "day": _days(at, world.plan.begins),
        "key": pa.array(make_keys(world.plan.seed, SNAPSHOT, seen.life, seen.number)),
        "id": _name_snapshots(workers["host"], workers["pid"], life, seen.number, moments),
        "captured_at": moments,
        "started_at": starts.take(pa.array(life)),
        "trigger": _repeat("interval", len(life)),
        "requests": _known(seen.requests),
        "rss_bytes": pa.array(seen.rss),
        "limit_bytes": _known(limits[life]),
        "group_bytes": _known(np.where(limits[life] > 0, seen.rss + (8 << 20), UNKNOWN)),
        "python_object_bytes": pa.array(seen.python),
        "objects": pa.array(seen.objects),
        "with_graph": pa.array(np.ones(len(life), bool)),
    }
    after = seen.compared
    before_at = seen.before + places.skew[place][life[after]]
    keys = make_keys(world.plan.seed, COMPARISON, seen.life[after], seen.number[after])
    worst = np.full(len(after), -1)
    np.maximum.at(worst, seen.of, seen.confidence)
    compared = {
        **{name: column.take(pa.array(after)) for name, column in of.items()},
        "day": snapshots["day"].take(pa.array(after)),
        "before_at": _moments(before_at, epoch),
        "after_at": moments.take(pa.array(after)),
        "age_s": pa.array(np.round(before_at - started[life[after]], 6)),
        "requests": _known(seen.new_requests),
    }
    comparisons = {
        **compared,
        "key": pa.array(keys),
        "snapshots": pa.array(np.full(len(after), 2)),
        "rss_delta": pa.array(seen.rss_delta),
        "verdict": pa.array(VERDICTS).take(pa.array(worst + 1)),
        "suspects": pa.array(np.bincount(seen.of, minlength=len(after)).astype(np.int64)),
    }
    order = np.argsort(seen.of, kind="stable")
    of_suspects = pa.array(seen.of[order])
    holders = [holder for holder in world.plan.holders for _ in range(VARIANTS)]
    chosen = pa.array((seen.holder * VARIANTS + seen.variant)[order])
    suspects = {
        **{name: column.take(of_suspects) for name, column in compared.items()},
        **{name: column.take(chosen) for name, column in _describe(holders).items()},
        "comparison": pa.array(keys).take(of_suspects),
        "confidence": pa.array(CONFIDENCES).take(pa.array(seen.confidence[order])),
        "bytes_delta": pa.array(seen.bytes[order]),
        "objects_delta": pa.array(seen.entries[order]).cast(pa.int64()),
        "entries_delta": pa.array(seen.entries[order]),
    }
    suspects["objects_delta"] = pc.multiply(
        suspects["objects_delta"], pa.array([holder.objects for holder in holders]).take(chosen)
    )
    made = {"snapshots": snapshots, "comparisons": comparisons, "suspects": suspects}
    return {name: _order(columns, arrow_schema(name)) for name, columns in made.items()}


def split(table: pa.Table) -> Iterator[tuple[str, str, pa.Table]]:
    """Its rows by day and service."""
    days, services = table["day"].unique().to_pylist(), table["service"].unique().to_pylist()
    for service in sorted(services):
        those = table.filter(pc.equal(table["service"], service)) if len(services) > 1 else table
        for day in sorted(days):
            part = those.filter(pc.equal(those["day"], day)) if len(days) > 1 else those
            if part.num_rows:
                yield day, service, part


def make_keys(seed: int, table: int, life: Integers, number: Integers) -> Integers:
    """As good as unique: what tells a row from others, well mixed (splitmix64)."""
    with np.errstate(over="ignore"):
        mixed = life.astype(np.uint64) * np.uint64(1 << 20) + number.astype(np.uint64)
        mixed += np.uint64(seed * 8 + table) * np.uint64(0x9E3779B97F4A7C15)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
        return ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(1)).astype(np.int64)


def _order(columns: dict[str, pa.Array], schema: pa.Schema) -> pa.Table:
    return pa.table([columns[field.name].cast(field.type) for field in schema], schema=schema)


def _name_workers(world: World, numbers: Integers) -> dict[str, pa.Array]:
    places, lives, plan = world.places, world.lives, world.plan
    rows = [(life, lives.place[life], lives.release[life], lives.started[life]) for life in numbers.tolist()]
    named: dict[str, list[str | int]] = {name: [] for name in WORKER}
    for life, place, release, started in rows:
        pod, host, pid = int(places.pod[place]), int(places.host[place]), 10 + life * 7919 % 30011
        service = plan.services[places.service[place]].name
        named["worker"].append(f"{pid}-{round(started * 100)}-{4026531000 + pod}-{host:012x}")
        named["service"].append(service)
        named["environment"].append("production")
        named["release"].append(plan.releases[release].name)
        named["host"].append(f"node-{host:03}")
        named["pod"].append(f"{service}-{pod:04}")
        named["pid"].append(pid)
    return {
        name: pa.array(values, pa.int64() if name == "pid" else pa.string()) for name, values in named.items()
    }


def _name_snapshots(
    host: pa.Array, pid: pa.Array, life: Integers, number: Integers, at: pa.Array
) -> pa.Array:
    """As the agent does: host, PID, number, moment."""
    who = pc.binary_join_element_wise(host, pid.cast(pa.string()), "-").take(pa.array(life))
    padded = pc.utf8_lpad(pa.array(number).cast(pa.string()), 4, padding="0")
    stamp = pc.strftime(at.cast(pa.timestamp("s", tz="UTC"), safe=False), format="%Y%m%dT%H%M%SZ")
    return pc.binary_join_element_wise(who, padded, stamp, "-")


def _describe(holders: list[Holder]) -> dict[str, pa.Array]:
    """What a suspect's row says of its holder, of each variant."""
    named: dict[str, list[str | bool]] = {name: [] for name in HOLDER}
    for number, holder in enumerate(holders):
        shown = holder.vary(number % VARIANTS)
        values: tuple[str | bool, ...] = (
            *(shown.fingerprint, shown.path, shown.type, shown.holder, shown.held),
            *(shown.own, shown.site, shown.entry),
        )
        for name, value in zip(HOLDER, values, strict=True):
            named[name].append(value)
    return {name: pa.array(values) for name, values in named.items()}


def _moments(seconds: Floats, epoch: int) -> pa.Array:
    return pa.array(np.rint(seconds * 1e6).astype(np.int64) + epoch).cast(pa.timestamp("us", "UTC"))


def _days(seconds: Floats, begins: str) -> pa.Array:
    numbers, which = np.unique(np.floor(seconds / DAY).astype(np.int64), return_inverse=True)
    return pa.array((np.datetime64(begins, "D") + numbers).astype(str)).take(pa.array(which))


def _known(values: Integers) -> pa.Array:
    return pa.array(values, mask=values < 0)


def _repeat(text: str, count: int) -> pa.Array:
    return pa.repeat(text, count)
