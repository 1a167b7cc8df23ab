"""`heapdiff view` on a large heap: `python -m tests.benchmarks.viewer SNAPSHOT [--clicks N]`.

CPU seconds until it is ready, the first time and the next, memory at its peak per object, and how long clicks take, by the clock
and on the CPU: a few hundred random ones over all pages of a snapshot, each the page as HTML, in one process without a server.
And how long the longest pause is that asking a long question makes, and how soon the next one is answered after it's cancelled.
Each run is a process of its own, with an empty cache the first time.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final
from urllib.parse import quote

import numpy as np
from flask.testing import FlaskClient

from heapdiff.analysis.browsing.prepared import Prepared
from heapdiff.analysis.browsing.severing import weigh_type
from heapdiff.analysis.owner_map.mapping import map_owners
from heapdiff.answers import SnapshotRef
from heapdiff.graph import load
from heapdiff.graph.stored.cabinet import Cabinet
from heapdiff.snapshot import read_snapshot
from heapdiff.viewer.access import Gate
from heapdiff.viewer.application import Viewer
from heapdiff.viewer.shelf import Shelf

PORT: Final = 80
HOST: Final = f"127.0.0.1:{PORT}"
SEED: Final = 41
LINE: Final = "{:<28}{:>8}{:>11}{:>12}{:>12}{:>13}"
MOST_CACHED: Final = 10**10
CANCELLED_AT: Final = (0.02, 0.1, 0.25, 0.5, 0.75, 0.9)  # of the time that the whole answer takes
STEP_S: Final = 0.005


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.viewer", description=__doc__)
    parser.add_argument("snapshot", type=Path)
    parser.add_argument("--clicks", type=int, default=400)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o700)
        for name, clicks in (("without a cache", 0), ("the first time", 0), ("the next time", asked.clicks)):
            sys.stdout.flush()
            if not os.fork():
                look(asked.snapshot, Path(place) if "time" in name else None, name, clicks)
                sys.stdout.flush()
                os._exit(0)
            os.wait()


def look(path: Path, place: Path | None, name: str, clicks: int) -> None:
    """One process's whole life: `clicks` of none measures only until it's ready."""
    cabinet = None if place is None else Cabinet(place, MOST_CACHED, lambda _: None)
    shelf = Shelf([read_snapshot(path)], partial(load, cabinet=cabinet))
    worked, began = time.process_time(), time.monotonic()
    shelf.get_ready()
    cpu_s, wall_s = time.process_time() - worked, time.monotonic() - began
    prepared = shelf.spots[0].prepared
    assert prepared is not None, shelf.spots[0].problem
    each = peak_bytes() / len(prepared.graph)
    print(
        f"{name}: {len(prepared.graph):,} objects ready after {cpu_s:.2f} CPU s ({wall_s:.2f} s), "
        f"{each:.0f} bytes per object at the peak, {resident_bytes() / len(prepared.graph):.0f} now"
    )
    if clicks:
        click(shelf, prepared, clicks)
        cancel(shelf, prepared)
        print(f"after the clicks: {peak_bytes() / len(prepared.graph):.0f} bytes per object at the peak")
    if cabinet is not None:
        cabinet.close()


def click(shelf: Shelf, prepared: Prepared, clicks: int) -> None:
    viewer = Viewer(shelf, Gate(PORT))
    client = viewer.make_app().test_client()
    ask(client, f"/?token={viewer.gate.token}")
    times: dict[str, list[tuple[float, float]]] = {}
    for kind, path in choose(prepared, clicks):
        began, worked = time.perf_counter(), time.process_time()
        ask(client, path)
        taken = 1000 * (time.perf_counter() - began), 1000 * (time.process_time() - worked)
        times.setdefault(kind, []).append(taken)
    print(LINE.format("page", "clicks", "median ms", "longest ms", "median CPU", "longest CPU"))
    for kind, both in sorted(times.items(), key=lambda pair: -max(pair[1])[0]):
        columns = [f"{of(column):.1f}" for column in zip(*both, strict=True) for of in (median, max)]
        print(LINE.format(kind, len(both), *columns))
    for name, column in zip(
        ("ms", "CPU ms"), zip(*(each for both in times.values() for each in both), strict=True), strict=True
    ):
        every = sorted(column)
        shares = "  ".join(f"{share} %: {every[len(every) * share // 100]:.1f}" for share in (50, 90, 95, 99))
        print(f"{len(every)} clicks, {name}: {shares}  all: {every[-1]:.1f}")


def cancel(shelf: Shelf, prepared: Prepared) -> None:
    """Each long question of one snapshot, cancelled at several moments."""
    questions = Viewer(shelf, Gate(PORT)).questions
    heaviest = max(prepared.kinds, key=lambda name: len(prepared.of_kind(name)))
    works: dict[str, Callable[[], object]] = {
        "weigh": lambda: weigh_type(prepared, heaviest),
        "owners": lambda: map_owners(
            [prepared.routes], [SnapshotRef.of(shelf.spots[0].snapshot.summary, "A")]
        ),
    }
    for name, work in works.items():
        began = time.monotonic()
        assert questions.ask(name, work).done.wait(600)
        whole_s = time.monotonic() - began
        after_s, pauses_s = [], []
        for share in CANCELLED_AT:
            question = questions.ask(f"{name} {share}", work)
            pauses_s.append(pause(whole_s * share))
            began = time.monotonic()
            questions.cancel(question.key)
            assert questions.ask(f"next {name} {share}", lambda: 0).done.wait(600)
            after_s.append(time.monotonic() - began)
        print(
            f"{name}: {whole_s:.2f} s; cancelled, the next is answered after {max(after_s) * 1000:.0f} ms at most; "
            f"the longest pause of others {max(pauses_s) * 1000:.0f} ms"
        )


def pause(seconds: float) -> float:
    """Sleep, and how long this process didn't get to run meanwhile at most."""
    longest, at = 0.0, time.monotonic()
    end = at + seconds
    while at < end:
        time.sleep(STEP_S)
        now = time.monotonic()
        longest, at = max(longest, now - at - STEP_S), now
    return longest


def ask(client: FlaskClient, path: str) -> None:
    answer = client.get(path, base_url=f"http://{HOST}", headers={"Host": HOST})
    assert answer.status_code == 200, (answer.status_code, path, answer.text[-300:])


def choose(prepared: Prepared, clicks: int) -> Iterator[tuple[str, str]]:
    """As people would: any page, of any type and object, those with the longest lists among them."""
    chance, graph = random.Random(SEED), prepared.graph
    fattest = np.argsort(np.diff(graph.first_edge))[-5:].tolist()
    hubs = np.argsort(np.diff(graph.referrers.first))[-5:].tolist()
    types = sorted(prepared.kinds, key=lambda name: -len(prepared.of_kind(name)))

    def node() -> int:
        return int(
            chance.choice(
                [chance.choice(fattest), chance.choice(hubs), *chance.choices(range(len(graph)), k=4)]
            )
        )

    def around(name: str, among: Sequence[int] = ()) -> str:
        at = int(chance.choice(among)) if among and chance.random() < 0.5 else node()
        return f"/1/object/{int(graph.addresses[at]):#x}{name}?start={chance.randrange(4_000_000)}"

    def type_name() -> str:
        return quote(chance.choice([*types[:5], chance.choice(types)]))

    pages: dict[str, Callable[[], str]] = {
        "types": lambda: f"/1/types?sort={chance.choice(('count', 'bytes', 'retained', 'type'))}",
        "objects": lambda: f"/1/objects?type={type_name()}&start={chance.randrange(8_000_000)}",
        "objects by address": lambda: f"/1/objects?type={type_name()}&sort=address&start={chance.randrange(8_000_000)}",
        "object": lambda: around(""),
        "references": lambda: around("/references"),
        "referrers": lambda: around("/referrers"),
        "dominated": lambda: around("/dominated"),
        "dominators": lambda: around("/dominators"),
        "top": lambda: f"/1/top?start={chance.randrange(100_000)}",
        "search by part of a type": lambda: f"/1/search?what={chance.choice('abcdefgrst')}",
        "search by address": lambda: f"/1/search?what={int(graph.addresses[node()]):#x}",
        "search by size": lambda: f"/1/search?least={chance.choice(('1kB', '10kB', '1MB'))}",
        "cut": lambda: cut(prepared, node),
    }  # fmt: skip
    seldom: dict[str, Callable[[], str]] = {
        "objects by own size": lambda: f"/1/objects?type={type_name()}&sort=bytes",
        "references by type": lambda: around("/references", fattest) + "&by=type",
        "referrers by type": lambda: around("/referrers", hubs) + "&by=type",
        "dominated by type": lambda: around("/dominated", fattest) + "&by=type",
        "top by type": lambda: "/1/top?by=type",
        "everything by size": lambda: "/1/search?least=1&by=bytes",
    }
    for _ in range(clicks):
        kind, page = chance.choice([*pages.items()] * 3 + [*seldom.items()])
        yield kind, page()


def cut(prepared: Prepared, node: Callable[[], int]) -> str:
    graph = prepared.graph
    while True:
        target = node()
        row = graph.referrers.row(target)
        if 0 < row.stop - row.start <= 10_000:
            owner = int(graph.referrers.sources[row.start])
            ends = (f"{int(graph.addresses[each]):#x}" for each in (owner, target))
            return "/1/cut?owner={}&target={}".format(*ends)


def peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
