"""A redacted snapshot: no name of the user's own, the same graph, and it compares, explains and draws."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest

from heapdiff import load
from heapdiff.format import GroupKind, ModuleOwner, Section, encode_varint
from heapdiff.graph import load as load_graph
from heapdiff.graph.heap import Owner
from heapdiff.knowledge.packages import is_public
from heapdiff.snapshot.records import decode_records
from heapdiff.snapshot.redaction import Pseudonyms, redact
from heapdiff.snapshot.rewriting import drop_integer_keys
from heapdiff.snapshot.sections import read_sections
from tests.cli.command import run
from tests.cli.snapshot_files import SHOP_AFTER, SHOP_BEFORE, write_snapshot

OWN_NAMES = ("shop", "Session", "SESSIONS", "basket", "HANDLERS", "web1", "SETTINGS")
KEY = Pseudonyms(b"key", is_public)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    return write_snapshot(tmp_path, SHOP_BEFORE, 1), write_snapshot(tmp_path, SHOP_AFTER, 2)


def redacted(path: Path, name: str, pseudonyms: Pseudonyms = KEY) -> Path:
    target = path.with_name(f"{name}.json")
    redact(load(path), target, pseudonyms)
    return target


def bytes_of(path: Path) -> bytes:
    return path.read_bytes() + path.with_suffix(".heap").read_bytes()


def test_no_name_of_the_users_own_is_left(pair: tuple[Path, Path]) -> None:
    before = bytes_of(pair[1])
    after = bytes_of(redacted(pair[1], "shared"))
    assert all(name.encode() in before for name in OWN_NAMES)
    assert [name for name in OWN_NAMES if name.encode() in after] == []


def test_sizes_counts_and_references_stay(pair: tuple[Path, Path]) -> None:
    one, two = load(pair[1]).summary, load(redacted(pair[1], "shared")).summary
    assert (one.capture, one.memory, one.process.pid) == (two.capture, two.memory, two.process.pid)
    assert sorted((entry.count, entry.bytes) for entry in one.types) == sorted(
        (entry.count, entry.bytes) for entry in two.types
    )
    assert {entry.type for entry in one.types} & {entry.type for entry in two.types} == {
        "code", "dict", "function", "list", "module", "str", "type",
    }  # fmt: skip
    assert (two.label, two.process.argv) == (None, ())


def test_the_copy_alone_says_the_same_as_its_summary(pair: tuple[Path, Path]) -> None:
    target = redacted(pair[1], "shared")
    summary = load(target).summary
    target.unlink()
    alone = load(target.with_suffix(".heap")).summary
    assert (alone.types, alone.process, alone.graph) == (summary.types, summary.process, summary.graph)


def test_two_with_one_key_compare_as_the_originals_do(pair: tuple[Path, Path], tmp_path: Path) -> None:
    shared = [redacted(path, f"shared{number}") for number, path in enumerate(pair)]
    theirs, ours = (json.loads(run("compare", *paths, "--format", "json").stdout) for paths in (pair, shared))
    assert ours["verdict"]["kind"] == theirs["verdict"]["kind"]
    (one, two) = (found["suspects"][0] for found in (theirs, ours))
    assert (one["objects_delta"], one["bytes_delta"]) == (two["objects_delta"], two["bytes_delta"])
    assert two["holder"]["path"] == KEY.of("shop.cache.SESSIONS")
    picture = tmp_path / "leak.dot"
    done = run("graph", shared[1], "--since", shared[0], "-o", picture)
    assert done.exit_code == 0, done.stderr
    assert "SESSIONS" not in picture.read_text()


def test_whose_modules_are_stays_and_only_packages_that_everybody_knows_keep_their_names(
    tmp_path: Path,
) -> None:
    text = """
        module shop.cache of application
        module acme.billing of acme
        module flask.app of flask
        module json of standard
    """
    path = write_snapshot(tmp_path, text)
    modules = load_graph(load(redacted(path, "shared"))).modules
    assert modules == {
        KEY.of("shop.cache"): Owner(ModuleOwner.APPLICATION),
        KEY.of("acme.billing"): Owner(ModuleOwner.DISTRIBUTION, KEY.of("acme")),
        "flask.app": Owner(ModuleOwner.DISTRIBUTION, "flask"),
        "json": Owner(ModuleOwner.STANDARD),
    }
    assert b"acme" not in bytes_of(path.with_name("shared.json"))


def test_another_key_makes_other_names() -> None:
    other = Pseudonyms(b"other", is_public)
    assert KEY.of("shop.cache") == KEY.of("shop.cache") != other.of("shop.cache")
    assert KEY.of("shop.cache").partition(".")[0] == KEY.of("shop")


@pytest.mark.parametrize(
    "name",
    ["flask.app", "collections", "__dict__", "self", "MainThread", "thread-3", "", "<module>", "Thread-12"],
)
def test_what_everybody_knows_stays(name: str) -> None:
    assert KEY.of(name) == name


@pytest.mark.parametrize("name", ["shop", "shop.flask", "run.<locals>.Job", "flasky.app", "Thread-12 (pay)"])
def test_what_is_the_users_own_does_not(name: str) -> None:
    hidden = KEY.of(name)
    assert hidden.count(".") == name.count(".")
    assert not {"shop", "run", "Job", "flasky", "app", "pay"} & set(hidden.replace("<", ".").split("."))


def test_values_are_left_out(tmp_path: Path) -> None:
    path = write_snapshot(tmp_path, SHOP_AFTER)
    heap = path.with_suffix(".heap")
    target = redacted(path, "shared")
    tags = {section.tag for section in read_sections(target.with_suffix(".heap"))}
    assert Section.VALUES not in tags
    assert struct.unpack_from("<H", target.with_suffix(".heap").read_bytes(), 10)[0] == 0
    assert heap.exists()


def test_integer_keys_are_left_out_and_the_rest_of_the_record_stays() -> None:
    keys = [4711, -3, 0]
    entries = b"".join(
        encode_varint(key << 1 ^ key >> 63 & (1 << 64) - 1) + b"\x04\x06"
        for key in (abs(key) for key in keys)
    )
    head = b"\x10" + b"\x40" + b"\x00"
    payload = head + encode_varint(len(keys) << 4 | GroupKind.INT_ITEMS) + entries
    follows = b"\x10" + b"\x02" + b"\x00" + encode_varint(1 << 4 | GroupKind.UNNAMED) + b"\x04"
    before, after = (
        list(decode_records(data)) for data in (payload + follows, drop_integer_keys(payload + follows))
    )
    assert before[0].groups[0].numbers
    assert (after[0].groups[0].kind, after[0].groups[0].numbers) == (GroupKind.ITEMS, [])
    assert after[0].groups[0].targets == before[0].groups[0].targets
    assert after[1] == before[1]


def test_who_the_process_was_is_told_from_others_without_saying_on_which_machine(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    first, second, third = (tmp_path / "in" / f"{name}.json" for name in ("a", "b", "c"))
    content = json.loads(write_snapshot(tmp_path, SHOP_AFTER).read_text())
    for path, boot in ((first, "01ab"), (second, "01ab"), (third, "02cd")):
        process = {**content["process"], "identity": f"7-100-4026531836-{boot}"}
        path.write_text(json.dumps({**content, "process": process, "graph": None}))
    one, same, other = (
        load(redacted(path, f"shared-{path.stem}")).summary.process.identity
        for path in (first, second, third)
    )
    assert one == same != other
    assert one.startswith("x")
    assert not {"01ab", "100", "4026531836"} & set(one.split("-"))


def test_a_snapshot_is_not_written_over_itself(pair: tuple[Path, Path]) -> None:
    done = run("redact", pair[0], "-o", pair[0])
    assert done.exit_code == 2
    assert load(pair[0]).summary.process.host == "web1"


def test_the_command_prints_where_it_is(pair: tuple[Path, Path], tmp_path: Path) -> None:
    done = run("redact", pair[0], "-o", tmp_path / "out")
    assert (done.exit_code, done.stdout) == (0, f"{tmp_path / 'out.json'}\n")
    assert (tmp_path / "out.json").stat().st_mode & 0o777 == 0o600
    assert run("show", tmp_path / "out.heap").exit_code == 0


@pytest.mark.parametrize("cut", [17, 100, -60])
def test_a_damaged_file_is_refused_and_nothing_is_written(
    pair: tuple[Path, Path], tmp_path: Path, cut: int
) -> None:
    heap = pair[0].with_suffix(".heap")
    heap.write_bytes(heap.read_bytes()[:cut])
    done = run("redact", pair[0], "-o", tmp_path / "out.json")
    assert done.exit_code == 3
    assert not [path for path in tmp_path.iterdir() if "out" in path.name]


def test_a_copy_that_cannot_be_written_is_named_and_not_the_original(
    pair: tuple[Path, Path], tmp_path: Path
) -> None:
    done = run("redact", pair[0], "-o", tmp_path / "nowhere" / "out.json")
    target = tmp_path / "nowhere" / "out.json"
    assert (done.exit_code, done.stderr.splitlines()) == (
        2, [f"heapdiff: {target}: there is no directory {target.parent}", f"mkdir -p {target.parent}"],
    )  # fmt: skip
