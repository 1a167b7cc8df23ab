"""A lake is what its log says: entries in order, whole states in between, and nothing that no entry names."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from heapdiff.errors import LakeError, UsageError
from heapdiff.fleet.ingest.ingesting import ingest
from heapdiff.fleet.lake import committing
from heapdiff.fleet.lake.cleaning import clean
from heapdiff.fleet.lake.committing import commit, commit_files
from heapdiff.fleet.lake.local import LocalStore
from heapdiff.fleet.lake.log import LOG, Logged, choose_chain, read_state
from heapdiff.fleet.lake.manifest import Change, DataFile, State
from heapdiff.fleet.lake.opening import open_lake, open_place, open_store, shown
from heapdiff.fleet.lake.schemas import arrow_schema, folder_name, folder_of
from heapdiff.fleet.lake.stores import Found, Store, new_name
from heapdiff.fleet.tables import TABLES
from tests.fleet.rows import count_rows, is_whole, rows_of, write_fleet


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(str(tmp_path / "lake"))


def file(name: str) -> DataFile:
    return DataFile("snapshots", f"snapshots/day=2026-11-20/service=a/{name}", "2026-11-20", 1, 2)


def add(store: Store, *names: str, removes: tuple[str, ...] = ()) -> State:
    return commit(store, lambda _: Change(tuple(map(file, names)), removes))


def entries(store: Store) -> list[str]:
    return sorted(path.name for path in Path(store.base, LOG).iterdir())


def test_entries_add_up(store: Store) -> None:
    assert read_state(store) is None
    add(store, "a", "b")
    add(store, "c", removes=(file("a").name,))
    state = read_state(store)
    assert state is not None
    assert (state.number, set(state.files), set(state.removed)) == (
        2, {file("b").name, file("c").name}, {file("a").name},
    )  # fmt: skip
    assert open_lake(store.base).files["snapshots"] == (
        store.path(file("b").name),
        store.path(file("c").name),
    )


def test_whole_states_say_the_same_as_all_entries(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(committing, "EVERY", 3)
    for number in range(10):
        add(store, str(number))
    assert [name for name in entries(store) if "full" in name] == [
        f"{number:010}.full.json" for number in (2, 5, 8)
    ]
    first = read_state(store)
    for name in entries(store):
        if int(name[:10]) < 8:
            Path(store.base, LOG, name).unlink()
    assert read_state(store) == first


def test_a_missing_entry_is_said(store: Store) -> None:
    for number in range(3):
        add(store, str(number))
    Path(store.base, LOG, "0000000002.json").unlink()
    with pytest.raises(LakeError, match=r"0000000002\.json: is missing"):
        read_state(store)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"schema":"lake-entry/2"}',
        '{"schema":"lake-entry/1","adds":[{}],"removes":[]}',
        '{"schema":"lake-entry/1","adds":[],"removes":["../../etc/passwd"]}',
        '{"schema":"lake-entry/1","adds":[],"removes":["/etc/passwd"]}',
    ],
)
def test_a_forged_entry_is_refused(store: Store, content: str) -> None:
    add(store, "a")
    Path(store.base, LOG, "0000000002.json").write_text(content)
    with pytest.raises(LakeError, match=r"0000000002\.json: not a lake's entry"):
        open_lake(store.base)


def test_the_loser_sees_what_the_winner_added(store: Store) -> None:
    seen: list[set[str]] = []

    def prepare(state: State) -> Change:
        seen.append(set(state.files))
        if len(seen) == 1:
            add(store, "first")
        return Change((file("second"),))

    state = commit(store, prepare)
    assert seen == [set(), {file("first").name}]
    assert (state.number, set(state.files)) == (2, {file("first").name, file("second").name})


@dataclass(frozen=True)
class Overtaken(LocalStore):
    """Others go on between its entry and its look at the log."""

    def publish(self, number: int, parent: str, content: bytes) -> str | None:
        token = super().publish(number, parent, content)
        plain = open_store(self.base)
        for name in ("x", "y", "z"):
            add(plain, name)
        return token


def test_who_is_overtaken_by_a_whole_state_knows_itself_in_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committing, "EVERY", 2)
    prepared = []

    def prepare(_state: State) -> Change:
        prepared.append(1)
        return Change((file("own"),))

    state = commit(Overtaken(store.root, store.filesystem, store.base), prepare)
    assert (len(prepared), state.number) == (1, 4)
    assert file("own").name in state.files


def test_of_two_entries_counts_what_has_successors_else_the_older() -> None:
    def logged(number: int, token: str, parent: str, at: float) -> Logged:
        return Logged(number, token, parent, False, Found(f"{number}-{token}", 1, at))

    late, early = logged(1, "a", "", 9), logged(1, "b", "", 8)
    assert choose_chain([late, early], 0, "") == [early]
    after = logged(2, "c", "a", 10)
    assert choose_chain([late, early, after], 0, "") == [late, after]
    assert (
        choose_chain([replace(late, found=replace(late.found, modified_s=8)), early], 0, "")[0].token == "a"
    )


def test_what_is_of_no_use_is_deleted_after_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(committing, "EVERY", 2)
    write_fleet(tmp_path / "heaps")
    lake = tmp_path / "lake"
    for worker in range(3):
        ingest([str(tmp_path / "heaps" / f"host-{worker}")], str(lake))
    store, orphan = (
        open_store(str(lake)),
        lake / "snapshots" / "day=2026-11-20" / "service=shop" / "x.parquet",
    )
    for path in (orphan, lake / "_lake" / "written" / "y"):
        path.write_bytes(b"half")
    old = time.time() - 90_000
    for path in lake.rglob("*"):
        if path.is_file() and path.name != "0000000003.json":
            os.utime(path, (old, old))
    state = read_state(store)
    assert state is not None
    os.utime(orphan)
    assert clean(store, state).files == 2
    os.utime(orphan, (old, old))
    assert clean(store, state).files == 1
    assert entries(store) == ["0000000001.full.json", "0000000002.json", "0000000003.json"]
    assert is_whole(count_rows(lake))
    add(store, "later")
    assert read_state(store) is not None


def test_files_of_others_become_part_of_a_lake(store: Store) -> None:
    schema = arrow_schema("comparisons")
    rows = [
        {
            field.name: {"day": "2026-11-20", "worker": "w", "pid": 1, "key": 7}.get(field.name)
            for field in schema
        }
        | {"before_at": 1_000_000, "after_at": 2_000_000, "snapshots": 2, "rss_delta": 0, "suspects": 0}
        | dict.fromkeys(("service", "environment", "release", "host", "pod", "verdict"), "")
    ]
    name = f"{folder_of('comparisons', '2026-11-20', 'shop')}/{new_name()}.parquet"
    path = Path(store.base, name)
    path.parent.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)
    state = commit_files(store, {"comparisons": [name]})
    assert state.files[name] == DataFile(
        "comparisons", name, "2026-11-20", 1, path.stat().st_size, 1_000_000, 2_000_000
    )
    assert rows_of(store.base, "comparisons")[0]["key"] == 7


def test_files_with_other_columns_do_not(store: Store) -> None:
    name = f"{folder_of('snapshots', '2026-11-20', 'shop')}/x.parquet"
    path = Path(store.base, name)
    path.parent.mkdir(parents=True)
    pq.write_table(pa.table({"day": ["2026-11-20"]}), path)
    with pytest.raises(LakeError, match="other columns"):
        commit_files(store, {"snapshots": [name]})
    assert read_state(store) is None


def test_texts_are_plain_and_not_dictionaries(tmp_path: Path) -> None:
    write_fleet(tmp_path / "heaps")
    ingest([str(tmp_path / "heaps")], str(tmp_path / "lake"))
    for table, names in open_lake(str(tmp_path / "lake")).files.items():
        for name in names:
            schema = pq.ParquetFile(name).schema_arrow
            assert schema == arrow_schema(table)
            assert schema.names == [column.name for column in TABLES[table]]


def test_no_lake_is_said(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(LakeError, match="holds no lake"):
        open_lake(str(tmp_path / "empty"))


@pytest.mark.parametrize("uri", ["", "http://x/y", "hdfs://x", "s3://", "gs://bucket"])
def test_other_addresses_are_refused(uri: str) -> None:
    with pytest.raises(UsageError):
        open_place(uri)


def test_secrets_of_an_address_are_not_shown() -> None:
    assert shown("s3://key:secret@bucket/x?endpoint_override=h:1") == "s3://bucket/x"


def test_services_as_folders_differ_and_fit() -> None:
    names = ["", "__none__", "a", "a/b", "..", "é" * 300, "é" * 299, "%5F_none__"]
    folders = {folder_name(name) for name in names}
    assert len(folders) == len(names)
    assert all(len(folder) < 240 and "/" not in folder for folder in folders)


def test_entries_are_small(store: Store) -> None:
    add(store, "a")
    assert json.loads(Path(store.base, LOG, "0000000001.json").read_text())["schema"] == "lake-entry/1"
