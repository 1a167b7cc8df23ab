"""The summary is believed only as far as it was checked."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heapdiff.deployment import NOT_TOLD, Deployment
from heapdiff.errors import SnapshotError
from heapdiff.graph import load
from heapdiff.model import MemoryHistory, Sibling, TypeCount
from heapdiff.snapshot import read_snapshot
from heapdiff.snapshot import summary as summary_module
from tests.heapfiles import summarize, write_snapshot
from tests.heaps import heap

SMALL = "shop.A: dict -> [*]: shop.Session * 3"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_snapshot(heap(SMALL), tmp_path)


def rewrite(path: Path, *keys: str | int, value: Any) -> None:
    content = json.loads(path.read_text())
    place = content
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    path.write_text(json.dumps(content))


def test_a_snapshot_opens_by_either_of_its_files(path: Path) -> None:
    by_json, by_heap = read_snapshot(path), read_snapshot(str(path.with_suffix(".heap")))
    assert by_json.summary == by_heap.summary
    assert by_json.heap == by_heap.heap == path.with_suffix(".heap")
    assert by_json.summary.types == summarize(heap(SMALL)).types


def test_a_graph_alone_gives_its_own_summary(path: Path) -> None:
    both = read_snapshot(path).summary
    path.unlink()
    alone = read_snapshot(path.with_suffix(".heap")).summary
    assert alone == both
    assert load(read_snapshot(path.with_suffix(".heap"))).summary == both


def test_a_renamed_pair_stays_a_pair(path: Path) -> None:
    path.with_suffix(".heap").rename(path.with_name("renamed.heap"))
    assert read_snapshot(path.rename(path.with_name("renamed.json"))).heap == path.with_name("renamed.heap")


def test_a_summary_without_a_graph_has_no_heap(path: Path) -> None:
    rewrite(path, "graph", value=None)
    assert read_snapshot(path).heap is None


def test_unknown_fields_are_ignored(path: Path) -> None:
    rewrite(path, "capture", "faults", value=3)
    rewrite(path, "new", value={"a": [1]})
    assert read_snapshot(path).summary.capture.engine == "gc"


def test_an_older_file_says_nothing_of_the_collector(path: Path) -> None:
    content = json.loads(path.read_text())
    del content["collector"]
    path.write_text(json.dumps(content))
    assert read_snapshot(path).summary.collector is None


def test_an_older_file_does_not_say_which_release_it_is_of(path: Path) -> None:
    content = json.loads(path.read_text())
    assert read_snapshot(path).summary.process.release == "1.5.0"
    for name in Deployment._fields:
        del content["process"][name]
    path.write_text(json.dumps(content))
    process = read_snapshot(path).summary.process
    assert (process.release, process.service, process.environment, process.pod) == NOT_TOLD


@pytest.mark.parametrize("name", Deployment._fields)
def test_what_a_deployment_is_called_is_a_short_text(path: Path, name: str) -> None:
    rewrite(path, "process", name, value="x" * 128)
    assert getattr(read_snapshot(path).summary.process, name) == "x" * 128
    rewrite(path, "process", name, value=None)
    assert getattr(read_snapshot(path).summary.process, name) == ""
    for wrong in ("x" * 129, 7, ["1.0"], {"a": 1}):
        rewrite(path, "process", name, value=wrong)
        with pytest.raises(SnapshotError, match=f"process.{name}"):
            read_snapshot(path)


def test_an_older_file_says_nothing_of_siblings_and_history(path: Path) -> None:
    content = json.loads(path.read_text())
    for name in (
        "siblings",
        "history",
        "private_dirty_bytes",
        "shared_dirty_bytes",
        "trigger_rss_bytes",
    ):
        content["memory"].pop(name, None)
    path.write_text(json.dumps(content))
    memory = read_snapshot(path).summary.memory
    assert (memory.siblings, memory.history, memory.private_dirty_bytes) == (None, None, None)


def test_siblings_and_history_are_read_as_they_are_written(path: Path) -> None:
    sibling = Sibling(7, True, False, 5, 4, 3, 2, 1)
    history = MemoryHistory((20, 10), (5, 6), (0, 3))
    rewrite(path, "memory", "siblings", value=[asdict(sibling)])
    rewrite(path, "memory", "history", value=asdict(history))
    memory = read_snapshot(path).summary.memory
    assert (memory.siblings, memory.history) == ((sibling,), history)


@pytest.mark.parametrize(("written", "read"), [("jemalloc", "jemalloc"), ("one to come", ""), (None, "")])
def test_of_mallocs_only_those_that_are_known_have_a_name(path: Path, written: str | None, read: str) -> None:
    rewrite(path, "memory", "malloc", value=written)
    assert read_snapshot(path).summary.memory.malloc == read


def test_a_file_that_does_not_say_what_it_counted_counts_all(path: Path) -> None:
    content = json.loads(path.read_text())
    content["capture"].pop("counted", None)
    content["capture"].pop("copied_bytes", None)
    path.write_text(json.dumps(content))
    capture = read_snapshot(path).summary.capture
    assert (capture.counted, capture.copied_bytes) == ("all", 0)


def test_types_are_sorted_by_bytes_then_name(path: Path) -> None:
    rewrite(
        path, "types", value=[{"type": t, "count": 1, "bytes": b} for t, b in (("b", 1), ("a", 1), ("c", 2))]
    )
    assert read_snapshot(path).summary.types == (
        TypeCount("c", 1, 2),
        TypeCount("a", 1, 1),
        TypeCount("b", 1, 1),
    )


@pytest.mark.parametrize(
    ("keys", "value", "said"),
    [
        (("process", "pid"), "1", "process.pid is not an integer"),
        (("process", "pid"), True, "process.pid is not an integer"),
        (("process", "pid"), -1, "process.pid is not an integer from 0"),
        (("process", "pid"), 2**63, "process.pid is not an integer from 0"),
        (("process", "argv"), ["a", 1], "process.argv is not a list of strings"),
        (("process",), None, "process is not an object"),
        (("capture", "pause_ms"), "fast", "capture.pause_ms is not a number"),
        (("capture", "pause_ms"), -0.5, "capture.pause_ms is not a number from 0"),
        (("capture", "counted"), "some", "its capture counted 'some'"),
        (("capture", "counted"), None, "capture.counted is not a string"),
        (("capture", "copied_bytes"), -1, "capture.copied_bytes is not an integer from 0"),
        (("memory", "allocator", "free"), 1.5, "memory.allocator.free is not an integer"),
        (("memory", "private_dirty_bytes"), -1, "memory.private_dirty_bytes is not an integer from 0"),
        (("memory", "siblings"), 3, "memory.siblings is not a list"),
        (("memory", "siblings"), [3], r"memory.siblings\[0\] is not an object"),
        (("memory", "siblings"), [{"pid": 1}], r"memory.siblings\[0\].parent is not true or false"),
        (("memory", "history"), [], "memory.history is not an object"),
        (
            ("memory", "history"),
            {"age_ms": [1], "rss_bytes": ["1"]},
            "memory.history.rss_bytes is not a list of",
        ),
        (("memory", "history"), {"age_ms": [1], "rss_bytes": []}, "not one number from 0 on in each column"),
        (
            ("memory", "history"),
            {"age_ms": [-1], "rss_bytes": [1]},
            "not one number from 0 on in each column",
        ),
        (
            ("memory", "history"),
            {"age_ms": [1, 2], "rss_bytes": [1, 2]},
            "memory.history is not sorted by age",
        ),
        (
            ("memory", "history"),
            {"age_ms": [1], "rss_bytes": [1], "requests": [1, 2]},
            "not one number from 0 on",
        ),
        (
            ("memory", "history"),
            {"age_ms": [0] * 5000, "rss_bytes": [1] * 5000},
            "memory.history has more than 4,096 entries",
        ),
        (
            ("memory", "siblings"),
            [asdict(Sibling(7, True, False, 5, 4, 3, 2, 1))] * 5000,
            "memory.siblings has more than 4,096 entries",
        ),
        (("types", 0), 3, r"types\[0\] is not an object"),
        (("types", 0, "bytes"), None, r"types\[0\].bytes is not an integer"),
        (("label",), 3, "label is not a string"),
        (("collector",), [], "collector is not an object"),
        (("collector", "enabled"), 1, "collector.enabled is not true or false"),
        (("collector", "enabled"), None, "collector.enabled is not true or false"),
        (("collector", "frozen"), -1, "collector.frozen is not an integer from 0"),
        (("collector", "thresholds"), [700, "10", 10], "collector.thresholds is not a list of integers"),
        (("collector", "thresholds"), [True, 10, 10], "collector.thresholds is not a list of integers"),
        (("collector", "thresholds"), [], "not one number for each generation"),
        (("collector", "collections"), [1, 2], "not one number for each generation"),
        (("collector", "collections"), [1, 2, -3], "not one number for each generation"),
        (
            ("collector", "collections"),
            [1, 2, 2**63],
            "collector.collections is not a list of integers up to",
        ),
        (("graph", "file"), "../../etc/passwd", "is no plain file name"),
        (("graph", "file"), "..", "is no plain file name"),
        (("schema",), "compare/1", "its schema is 'compare/1'"),
    ],
)
def test_a_field_of_the_wrong_kind_is_named(
    path: Path, keys: tuple[str | int, ...], value: Any, said: str
) -> None:
    rewrite(path, *keys, value=value)
    with pytest.raises(SnapshotError, match=said):
        read_snapshot(path)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", "1" * 5000])
def test_numbers_that_are_none_are_refused(path: Path, number: str) -> None:
    text = path.read_text().replace('"pause_ms": 0.0', f'"pause_ms": {number}')
    path.write_text(text)
    with pytest.raises(SnapshotError):
        read_snapshot(path)


def test_a_summary_that_is_cut_off_at_any_byte_says_so(path: Path) -> None:
    payload = path.read_bytes().rstrip()
    for size in range(payload.index(b",") + 1, len(payload), 7):
        path.write_bytes(payload[:size])
        with pytest.raises(SnapshotError, match="cut off or damaged") as raised:
            read_snapshot(path)
        assert raised.value.hint.startswith("Copy the file again")


def test_an_empty_file_is_called_empty(path: Path) -> None:
    path.write_bytes(b"")
    with pytest.raises(SnapshotError, match=r"not a heapdiff snapshot \(empty\)"):
        read_snapshot(path)


def test_a_newer_schema_says_what_to_do(path: Path) -> None:
    rewrite(path, "schema", value="snapshot/2")
    with pytest.raises(SnapshotError, match="written as 'snapshot/2'") as raised:
        read_snapshot(path)
    assert "newer" in raised.value.hint


def test_text_that_cannot_be_printed_is_replaced(path: Path) -> None:
    rewrite(path, "process", "argv", value=["a\udcff"])
    assert read_snapshot(path).summary.process.argv == ("a���",)


def test_a_summary_over_the_size_limit_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summary_module, "MAX_JSON_BYTES", 100)
    with pytest.raises(SnapshotError, match="longer than"):
        read_snapshot(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match=r"nothing\.json: No such file"):
        read_snapshot(tmp_path / "nothing.json")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_anything_in_place_of_a_field_is_read_or_refused(path: Path, data: st.DataObject) -> None:
    original = path.read_text()
    content = json.loads(original)
    place = content
    while True:
        key = data.draw(
            st.sampled_from(list(place)) if isinstance(place, dict) else st.integers(0, len(place) - 1)
        )
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            place[key] = data.draw(ANYTHING)
            break
        place = place[key]
    path.write_text(json.dumps(content), "utf-8", "surrogatepass")
    with suppress(SnapshotError):
        read_snapshot(path)
    path.write_text(original)
