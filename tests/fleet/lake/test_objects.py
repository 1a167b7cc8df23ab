"""A lake in object storage: whatever is cut, and whoever else writes, nothing is lost and nothing is there twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from heapdiff.errors import LakeError
from heapdiff.fleet.ingest import ingesting
from heapdiff.fleet.ingest.ingesting import ingest
from heapdiff.fleet.lake import committing, objects
from heapdiff.fleet.lake.manifest import Change
from heapdiff.fleet.lake.opening import open_lake, open_store
from tests.fleet.rows import count_rows, is_whole, write_fleet
from tests.fleet.storage import NOBODYS_KEYS, address, line_to, storage

pytestmark = [pytest.mark.object_storage, pytest.mark.process, pytest.mark.timeout(600)]


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    for name, value in NOBODYS_KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(objects, "SETTLE_S", 0.1)
    with storage() as found:
        yield found


@pytest.fixture
def heaps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(ingesting, "MOST_SOURCES", 8)
    monkeypatch.setattr(committing, "EVERY", 2)
    write_fleet(tmp_path / "heaps", 2, 4)
    return str(tmp_path / "heaps")


def test_sources_and_lake_may_both_be_objects(port: int, heaps: str) -> None:
    filesystem = open_store(address("heaps", port)).filesystem
    for path in Path(heaps).rglob("*.json"):
        with filesystem.open_output_stream(f"heaps/acme/{path.relative_to(heaps)}") as stream:
            stream.write(path.read_bytes())
    source, lake = address("heaps/acme", port), address("lake/deep/in", port)
    assert ingest([source], lake).new == 14
    assert ingest([source], lake).known == 14
    assert is_whole(count_rows(lake), 2, 4)
    assert ingest([heaps], lake).duplicates == 14
    one = ingest([address("heaps/acme/host-1/1.json", port)], lake)
    assert (one.sources, one.known) == (1, 1)


@pytest.mark.parametrize(("after", "first"), [(False, 0), (True, 1)], ids=["unheard", "unanswered"])
def test_the_line_is_cut_at_a_change(
    port: int, heaps: str, monkeypatch: pytest.MonkeyPatch, after: bool, first: int
) -> None:
    """Each second one: the rest of a run fails, in a line; the next run finishes it, once the claim is dead."""
    monkeypatch.setattr(objects, "DEAD_S", 2.0)
    cut = first
    failure: str | None = ""
    while failure is not None:
        lake = f"lake/{after}/{cut}"
        with line_to(port, cut, after) as line:
            failure = failure_of(heaps, address(lake, line.port))
        assert failure is None or (failure.startswith(f"s3://{lake}/") and "\n" not in failure)
        ingest([heaps], address(lake, port))
        assert is_whole(count_rows(address(lake, port)), 2, 4), cut
        cut += 2
    assert cut > 15


def failure_of(heaps: str, lake: str) -> str | None:
    try:
        ingest([heaps], lake)
    except LakeError as error:
        return error.message
    return None


def test_several_write_at_once(port: int, heaps: str) -> None:
    lake = address("lake/shared", port)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            ingest([heaps], lake)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert is_whole(count_rows(lake), 2, 4)


def test_who_comes_late_does_not_count(port: int, heaps: str) -> None:
    """Two entries with one predecessor, as after a writer that was taken for dead: the older counts, and what follows it."""
    lake = address("lake/late", port)
    ingest([heaps], lake)
    store = open_store(lake)
    files = open_lake(lake).files
    late = "_lake/log/0000000001-0123456789abcdef-.json"
    store.write(late, b'{"schema":"lake-entry/1","adds":[],"removes":[]}')
    assert open_lake(lake).files == files
    ingest([heaps], lake)
    assert open_lake(lake).files == files


def test_a_claim_of_a_writer_that_ended_is_passed_over(
    port: int, heaps: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "DEAD_S", -1.0)
    lake = address("lake/dead", port)
    store = open_store(lake)
    store.write("_lake/claims/0000000001-0123456789abcdef", b"-")
    ingest([heaps], lake)
    assert is_whole(count_rows(lake), 2, 4)
    assert store.find("_lake/claims") == []


def test_a_claim_of_a_living_writer_is_respected(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "MOST_WAIT_S", 1.0)
    store = open_store(address("lake/alive", port))
    store.write("_lake/claims/0000000001-0123456789abcdef", b"-")
    with pytest.raises(LakeError, match="without a pause"):
        store.publish(1, "", b"{}")
    assert [each.name for each in store.find("_lake/claims")] == ["_lake/claims/0000000001-0123456789abcdef"]
    assert store.find("_lake/log") == []


def test_no_bucket_is_said(port: int) -> None:
    store = open_store(address("nowhere/lake", port))
    with pytest.raises(LakeError, match="nowhere/lake"):
        committing.commit(store, lambda _state: Change(removes=("x",)))
