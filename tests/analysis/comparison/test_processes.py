"""Snapshots of several processes: each by itself, first what they share, never all in memory."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from heapdiff.analysis import compare, compare_processes
from heapdiff.answers import Comparison, Comparisons, VerdictKind
from heapdiff.errors import SnapshotError
from heapdiff.graph.heap import HeapGraph
from heapdiff.model import Summary
from tests.analysis.summaries import summarize
from tests.heaps import heap

LEAK = "shop.cache.SESSIONS: dict -> [*]: shop.Session * {}"


@dataclass
class Taken:
    """Snapshots as a caller names them, who loads their graphs when they are asked for."""

    texts: list[str] = field(default_factory=list)
    summaries: list[Summary] = field(default_factory=list)
    loaded: list[weakref.ref[HeapGraph]] = field(default_factory=list)
    most_at_once: int = 0

    def add(self, pid: int, minute: int, text: str, requests: int | None = None, **process: Any) -> None:
        summary = summarize(heap(text), minute, requests, pid)
        changed = replace(summary.process, **process)
        self.texts.append(text)
        self.summaries.append(replace(summary, process=changed))

    def load(self, number: int) -> HeapGraph:
        graph = heap(self.texts[number], self.summaries[number])
        self.loaded.append(weakref.ref(graph))
        self.most_at_once = max(self.most_at_once, sum(each() is not None for each in self.loaded))
        return graph

    def compare_some(self, chosen: Sequence[int], drawn: Sequence[int]) -> Comparison:
        return compare(
            [self.load(each) if each in drawn else None for each in chosen],
            [self.summaries[each] for each in chosen],
            [str(each) for each in chosen],
        )

    def compared(self) -> Comparison | Comparisons:
        return compare_processes(self.summaries, self.compare_some)

    def several(self) -> Comparisons:
        answer = self.compared()
        assert isinstance(answer, Comparisons)
        return answer


def workers(*lengths: tuple[int, ...], requests: int = 500) -> Taken:
    """A worker for each row; its cache has so many entries at each snapshot."""
    taken = Taken()
    for at, row in enumerate(lengths):
        for minute, length in enumerate(row):
            taken.add(4201 + at, minute, LEAK.format(length), minute * requests)
    return taken


def test_snapshots_of_one_process_are_one_comparison() -> None:
    assert isinstance(workers((10, 510, 1010)).compared(), Comparison)


def test_the_same_leak_in_every_worker_is_said_first_and_once() -> None:
    answer = workers(*[(10, 510, 1010)] * 4).several()
    assert answer.verdict.kind is VerdictKind.LEAK
    (shared,) = answer.shared
    rate = answer.processes[0].suspects[0].bytes_per_request
    assert (shared.path, shared.processes) == ("shop.cache.SESSIONS", (4201, 4202, 4203, 4204))
    assert shared.bytes_per_request == rate
    assert answer.verdict.text == (
        "The same leak in 4 of 4 workers: shop.cache.SESSIONS keeps more shop.Session, "
        f"{rate:.0f} bytes per request in each."
    )
    assert shared.bytes_delta == sum(each.suspects[0].bytes_delta for each in answer.processes)
    assert [each.snapshots[0].pid for each in answer.processes] == [4201, 4202, 4203, 4204]
    assert answer.notes == ()


def test_workers_that_leak_at_different_rates_and_one_that_does_not() -> None:
    answer = workers((10, 510, 1010), (10, 1010, 2010), (10, 10, 10)).several()
    assert "in 2 of 3 workers" in answer.verdict.text
    assert "between 103 bytes and 206 bytes per request" in answer.verdict.text
    assert answer.verdict.text.endswith("Of the 3, 2 leak and 1 is stable.")


def test_a_leak_of_one_worker_is_not_shared() -> None:
    answer = workers((10, 10, 10), (10, 510, 1010)).several()
    assert answer.shared == ()
    assert answer.verdict.kind is VerdictKind.LEAK
    assert answer.verdict.text.startswith(
        "1 of 2 workers leaks. PID 4202: shop.cache.SESSIONS keeps 1,000 more"
    )


def test_processes_that_do_not_grow_are_stable_together() -> None:
    answer = workers((10, 10), (20, 20)).several()
    assert (answer.verdict.kind, answer.verdict.text) == (VerdictKind.STABLE, "All 2 workers are stable.")


def test_what_is_sure_in_no_process_is_not_shared() -> None:
    answer = workers((10, 400, 410), (10, 400, 410)).several()
    assert {suspect.confidence.value for each in answer.processes for suspect in each.suspects} <= {"low"}
    assert answer.shared == ()


def test_the_graphs_of_one_process_are_gone_before_those_of_the_next_are_loaded() -> None:
    taken = workers(*[(10, 510)] * 4)
    taken.several()
    assert len(taken.loaded) == 8
    assert taken.most_at_once == 2


def test_each_process_is_compared_as_it_is_alone() -> None:
    together, alone = workers((10, 510), (20, 620)), workers((20, 620))
    (answer,) = [each for each in together.several().processes if each.snapshots[0].pid == 4202]
    single = alone.compared()
    assert isinstance(single, Comparison)
    assert (answer.verdict, answer.types) == (single.verdict, single.types)


def test_a_process_with_one_snapshot_is_not_compared_and_said() -> None:
    taken = workers((10, 510, 1010))
    taken.add(5000, 1, LEAK.format(3))
    answer = taken.several()
    assert len(answer.processes) == 1
    assert answer.verdict == answer.processes[0].verdict
    assert answer.notes == ("PID 5000 has only one snapshot, so it isn't compared.",)
    for pid in range(5001, 5007):
        taken.add(pid, 1, LEAK.format(3))
    assert taken.several().notes == (
        "PIDs 5000, 5001, 5002, 5003, 5004 and 2 more have only one snapshot each, so they aren't compared.",
    )


def test_a_process_whose_files_cannot_be_read_keeps_no_other_from_an_answer() -> None:
    taken = workers((10, 500, 990), (10, 500, 990), (10, 11, 12))
    load = taken.load

    def damaged(number: int) -> HeapGraph:
        for broken, error in ((0, SnapshotError("/srv/x.heap: damaged")), (8, MemoryError())):
            if number == broken:
                raise error
        return load(number)

    taken.load = damaged  # type: ignore[method-assign]
    answer = taken.several()
    assert [each.snapshots[-1].pid for each in answer.processes] == [4202]
    assert answer.notes == tuple(
        f"PID {pid} isn't compared: one of its files can't be read." for pid in (4201, 4203)
    )
    alone = workers((10, 500, 990), (10, 500, 990))
    alone.load = lambda number: damaged(0 * number)  # type: ignore[method-assign]
    with pytest.raises(SnapshotError, match="damaged"):
        alone.compared()


def test_the_same_snapshot_named_twice_is_one() -> None:
    taken = workers((10, 510))
    for _ in range(2):
        taken.add(5000, 1, LEAK.format(3))
    assert taken.several().notes == ("PID 5000 has only one snapshot, so it isn't compared.",)


def test_where_no_process_has_two_the_types_are_compared_with_one_graph() -> None:
    taken = workers((10,))
    taken.add(5000, 1, LEAK.format(900))
    answer = taken.compared()
    assert isinstance(answer, Comparison)
    assert answer.verdict.kind is VerdictKind.INCONCLUSIVE
    assert {row.type: row.count_delta for row in answer.types}["shop.Session"] == 890
    assert len(taken.loaded) == 1
    assert not any("No graph" in note for note in answer.notes)


RESTARTED = "PID 4209 started after the last snapshot of PID 4201, under the same parent (PID 1): it has probably replaced it."


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"started_at": "2026-11-22T14:05:00.5Z"}, [RESTARTED]),
        ({"started_at": "2026-11-22T15:05:00+01:00"}, [RESTARTED]),
        ({"started_at": "2026-11-22T14:00:30Z"}, []),
        ({"started_at": "2026-11-22T14:05:00Z", "host": "web2"}, []),
        ({"started_at": "2026-11-22T14:05:00Z", "parent_pid": 7}, []),
        ({"started_at": "2026-11-22T14:05:00Z", "argv": ("celery",)}, []),
        ({"started_at": "yesterday"}, []),
    ],
)
def test_a_worker_that_took_the_place_of_another_is_told(changes: dict[str, Any], said: list[str]) -> None:
    taken = workers((10, 510))
    for minute in (8, 9):
        taken.add(4209, minute, LEAK.format(10 * minute), **changes)
    assert list(taken.several().notes) == said


def test_a_number_that_was_given_again_is_told() -> None:
    taken = workers((10, 510))
    for minute in (8, 9):
        taken.add(4201, minute, LEAK.format(10 * minute), started_at="2026-11-22T14:07:00Z")
    answer = taken.several()
    assert len(answer.processes) == 2
    assert answer.notes == (
        "PID 4201 on web1 was two different processes, started at 2026-11-22T13:00:00Z and at 2026-11-22T14:07:00Z: the "
        "process was restarted, or its PID was reused.",
    )


def test_two_containers_with_one_host_name_and_number_are_two_processes() -> None:
    """They may even have started in the same moment."""
    taken = Taken()
    for minute, namespace in ((0, 11), (1, 12), (2, 11), (3, 12)):
        taken.add(7, minute, LEAK.format(10 + 500 * minute), identity=f"7-100-{namespace}-01ab")
    answer = taken.several()
    assert [[snapshot.identity for snapshot in each.snapshots] for each in answer.processes] == [
        [f"7-100-{namespace}-01ab"] * 2 for namespace in (11, 12)
    ]
    assert "its container was restarted, or another one has the same host name" in answer.notes[0]


def test_processes_of_different_masters_are_not_called_workers() -> None:
    taken = workers((10, 510))
    for minute in (0, 1):
        taken.add(9, minute, LEAK.format(10 + 500 * minute), minute * 500, host="web2")
    assert "in 2 of 2 processes: " in taken.several().verdict.text


def test_what_is_too_little_to_judge_in_each_is_still_said_to_be_the_same() -> None:
    answer = workers((10, 43), (10, 43), (10, 43)).several()
    assert {suspect.confidence.value for each in answer.processes for suspect in each.suspects} == {"low"}
    assert answer.verdict.kind is VerdictKind.INCONCLUSIVE
    assert answer.verdict.text.startswith(
        "The same growth in 3 of 3 workers: shop.cache.SESSIONS keeps more "
    )
    assert "Each grew too little to judge" in answer.verdict.text


def compared_releases(*releases: str) -> list[str]:
    taken = Taken()
    for minute, release in enumerate(releases):
        taken.add(4201 + minute, minute, LEAK.format(10), release=release)
    return [note for note in taken.compare_some(range(len(releases)), ()).notes if "release" in note]


def test_a_note_says_that_releases_differ() -> None:
    commit = "0123456789abcdef" * 2 + "01234567"
    assert compared_releases("1.4.0", "", "1.4.0", "1.5.0", commit) == [
        "The snapshots are from different releases (1.4.0, 1.5.0, 0123456789ab, in this order), so part of the "
        "difference may come from different code."
    ]
    assert "(1, 2, 3, 4, 5 and 2 more, in this order)" in compared_releases(*"1234567")[0]


def test_where_a_release_is_the_same_or_unknown_there_is_nothing_to_say() -> None:
    assert compared_releases("1.4.0", "1.4.0") == []
    assert compared_releases("", "1.4.0") == []
