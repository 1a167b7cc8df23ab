"""Consecutive snapshots of one worker that have their graphs, compared as `heapdiff compare` does. One comparison at a time."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from heapdiff.errors import LakeError
from heapdiff.fields import Fields
from heapdiff.fleet.ingest.rows import Clock, ComparisonTaken, SnapshotTaken, take_comparison
from heapdiff.fleet.ingest.sources import GRAPHS, Place
from heapdiff.fleet.lake.stores import AGAIN, first_line

if TYPE_CHECKING:
    from heapdiff.snapshot import Snapshot

COPY_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class WithGraph:
    """A snapshot whose graph lies beside it. `told_us`: when it was taken; `clock`: what its source says of time."""

    told_us: int
    address: str
    place: Place
    clock: Clock
    taken: SnapshotTaken


@dataclass(frozen=True, slots=True)
class Pair:
    """What is to be compared: `before` is where the earlier one lies."""

    before: str
    before_us: int
    after: WithGraph


def find_pairs(new: Iterable[WithGraph], tails: Mapping[str, tuple[int, str]]) -> list[Pair]:
    """Each new snapshot with the one before it: of the new ones, or the latest that is known. One that was taken before the
    latest known one belongs into an interval that was compared, so it has none.
    """
    by_worker: defaultdict[str, list[WithGraph]] = defaultdict(list)
    for each in new:
        by_worker[each.taken.process.worker].append(each)
    pairs = []
    for worker in sorted(by_worker):
        latest, source = tails.get(worker, (-1, ""))
        for each in sorted(by_worker[worker], key=lambda each: (each.told_us, each.taken.id)):
            if each.told_us > latest:
                if source:
                    pairs.append(Pair(source, latest, each))
                latest, source = each.told_us, each.address
    return pairs


def latest_of(new: Iterable[WithGraph], tails: Mapping[str, tuple[int, str]]) -> dict[str, tuple[int, str]]:
    """The tails that these snapshots change."""
    changed: dict[str, tuple[int, str]] = {}
    for each in new:
        worker = each.taken.process.worker
        if each.told_us > max(changed.get(worker, (-1, ""))[0], tails.get(worker, (-1, ""))[0]):
            changed[worker] = each.told_us, each.address
    return changed


def compare_pair(pair: Pair, places: Sequence[Place]) -> ComparisonTaken | None:
    """None if the earlier one isn't among the sources any more, or isn't of that process. Raises HeapdiffError for what can't
    be compared, and LakeError where the storage fails.
    """
    from heapdiff import analysis
    from heapdiff.graph import load
    from heapdiff.snapshot import read_snapshot

    place = next((each for each in places if _lies_in(pair.before, each)), None)
    if place is None:
        return None
    with ExitStack() as opened:
        paths = [
            opened.enter_context(_at_hand(place, pair.before)),
            opened.enter_context(_at_hand(pair.after.place, pair.after.address)),
        ]
        if not all(path.is_file() for path in paths):
            return None
        snapshots: list[Snapshot] = [read_snapshot(path) for path in paths]
        if any(each.heap is None for each in snapshots):
            return None
        graphs = [partial(load, each) for each in snapshots]
        comparison = analysis.compare(
            graphs, [each.summary for each in snapshots], [pair.before, pair.after.address]
        )
    if not comparison.same_process:
        return None
    document = Fields(json.loads(json.dumps({"schema": "compare/1", **asdict(comparison)})))
    return take_comparison(document, pair.after.clock, pair.after.taken.process)


def _lies_in(address: str, place: Place) -> bool:
    root = place.path if place.local else f"s3://{place.path}"
    return address == root or address.startswith(f"{root.rstrip('/')}/")


@contextmanager
def _at_hand(place: Place, address: str) -> Iterator[Path]:
    """A snapshot as local files: from object storage, copies that go when the block ends."""
    if place.local:
        yield Path(address)
        return
    path = address.removeprefix("s3://")
    with TemporaryDirectory(prefix="heapdiff-") as folder:
        stem = path.rpartition(".json")[0]
        for name in (path, *(stem + ending for ending in GRAPHS)):
            _copy(place, name, Path(folder, name.rpartition("/")[2]))
        yield Path(folder, path.rpartition("/")[2])


def _copy(place: Place, path: str, to: Path) -> None:
    try:
        with place.filesystem.open_input_stream(path, compression=None) as stream, to.open("wb") as file:
            while part := stream.read(COPY_BYTES):
                file.write(part)
    except FileNotFoundError:
        to.unlink(missing_ok=True)
    except OSError as error:
        if error.filename == str(to):
            raise
        raise LakeError(f"s3://{path}: {first_line(error)}", AGAIN) from error
