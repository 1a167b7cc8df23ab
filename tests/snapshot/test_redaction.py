"""A redacted snapshot: no name of the user's own, the same graph, and it compares, explains and draws."""

from __future__ import annotations

import hashlib
import json
import re
import struct
from pathlib import Path
from typing import Any

import pytest

from heapdiff import load
from heapdiff.analysis.reach.definitions import find_definitions
from heapdiff.format import GroupKind, ModuleOwner, RootKind, Section, TypeFlag, encode_varint
from heapdiff.graph import load as load_graph
from heapdiff.graph.heap import Owner
from heapdiff.snapshot.records import decode_records
from heapdiff.snapshot.redaction import Definitions, Pseudonyms, derive_key, redact
from heapdiff.snapshot.redaction.rewriting import rewrite_records
from heapdiff.snapshot.sections import read_sections
from tests import heapfiles
from tests.agent.heapread import read_heap
from tests.agent.setups import EVERY_ENGINE, engine_setup
from tests.agent.target import Target
from tests.agent.writing.plantings import NAMED_AFTER_DATA, PLACES, SETUP
from tests.cli.command import run
from tests.cli.snapshot_files import SHOP_AFTER, SHOP_BEFORE, write_snapshot
from tests.heaps import heap as drawn

OWN_NAMES = ("shop", "Session", "SESSIONS", "basket", "HANDLERS", "web1", "SETTINGS")
KEY = Pseudonyms(b"key")


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    calls = {"endpoints": {"shop.product": 4, "<hidden>": 2}, "unrouted": 1}
    return write_snapshot(tmp_path, SHOP_BEFORE, 1), write_snapshot(tmp_path, SHOP_AFTER, 2, **calls)


def redacted(path: Path, name: str, pseudonyms: Pseudonyms = KEY) -> Path:
    target = path.with_name(f"{name}.json")
    opened = load(path)
    definitions = find_definitions(load_graph(opened)) if opened.heap else Definitions()
    redact(opened, target, pseudonyms, definitions)
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
    assert (two.label, two.process.argv, two.process.unrouted) == (None, (), 1)
    assert two.process.endpoints is not None
    (product, hidden) = two.process.endpoints.items()
    assert (product[0].count("."), product[1], hidden) == (1, 4, ("<hidden>", 2))


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


def test_whose_modules_are_stays_and_no_name_goes_by_itself(
    tmp_path: Path,
) -> None:
    """`json` and `flask` are of those whom they are named after; `calendar` is the application's, `email` made by hand."""
    text = """
        module shop.cache of application
        module acme.billing of acme
        module flask.app of flask
        module json of standard
        module calendar of application
        module redis of acme
        email.TABLE: dict
    """
    path = write_snapshot(tmp_path, text)
    graph = load_graph(load(redacted(path, "shared")))
    acme = KEY.of("acme")
    assert graph.modules == {
        KEY.of("shop.cache"): Owner(ModuleOwner.APPLICATION),
        KEY.of("acme.billing"): Owner(ModuleOwner.DISTRIBUTION, acme),
        "flask.app": Owner(ModuleOwner.DISTRIBUTION, "flask"),
        "json": Owner(ModuleOwner.STANDARD),
        KEY.of("calendar"): Owner(ModuleOwner.APPLICATION),
        KEY.of("redis"): Owner(ModuleOwner.DISTRIBUTION, acme),
    }
    assert KEY.of("email") in {root.name for root in graph.roots}
    content = bytes_of(path.with_name("shared.json"))
    assert [name for name in (b"acme", b"calendar", b"redis", b"email") if name in content] == []


def test_numbers_of_libraries_stay_under_names_that_heapdiff_lists(tmp_path: Path) -> None:
    path = write_snapshot(tmp_path, "shop.PAGES: cachetools.Cache facts=_Cache__maxsize:500,salary:4711")
    graph = load_graph(load(redacted(path, "shared")))
    assert [dict(facts) for facts in graph.facts.values()] == [{"_Cache__maxsize": 500}]


def test_of_who_allocated_only_code_that_everybody_knows_keeps_its_name(tmp_path: Path) -> None:
    """`calendar.py` of the application isn't the one that everybody has, nor is a `flask/app.py` of somebody else's, nor a
    file in the standard library that is no module of it.
    """
    text = """
        module flask.app of flask
        module json.decoder of standard
        module acme.bill of acme
        shop.cache.SESSIONS: dict $table
        sample of $table: session_for shop/cache.py:31 < Flask.run flask/app.py:9 of flask < loads json/decoder.py:3 of standard
        sample of $table: <lambda> shop/__init__.py:1 < pay acme/bill.py:31 of acme < month calendar.py:4
        sample of $table: hit flask/app.py:9 of acme
        sample of $table: pay alice.py:3 of standard < pay alice.py:4 of built-in
        sample of $table: root shop/templates/product.html:3
        calls shop.product: 12
    """
    path = write_snapshot(tmp_path, text)
    graph = load_graph(load(redacted(path, "shared")))
    assert graph.samples is not None
    assert graph.calls is not None
    assert {(place.file, place.function, place.distribution) for place in graph.samples.places} == {
        (f"{KEY.of('shop')}/{KEY.of('cache')}.py", KEY.of("session_for"), ""),
        ("flask/app.py", "Flask.run", "flask"),
        ("json/decoder.py", "loads", ""),
        (f"{KEY.of('shop')}/__init__.py", "<lambda>", ""),
        (f"{KEY.of('acme')}/{KEY.of('bill')}.py", KEY.of("pay"), KEY.of("acme")),
        (f"{KEY.of('calendar')}.py", KEY.of("month"), ""),
        (f"{KEY.of('alice')}.py", KEY.of("pay"), ""),
        (f"{KEY.of('shop')}/{KEY.of('templates')}/{KEY.hide('product.html')}", KEY.of("root"), ""),
        (f"{KEY.of('flask')}/{KEY.of('app')}.py", KEY.of("hit"), KEY.of("acme")),
    }
    assert [row.name for row in graph.calls.endpoints] == [KEY.of("shop.product")]
    content = bytes_of(path.with_name("shared.json"))
    secret = (
        b"alice",
        b"shop",
        b"session_for",
        b"acme",
        b"calendar",
        b"month",
        b"product",
        b"templates",
        b"hit",
    )
    assert [name for name in secret if name in content] == []


def test_another_key_makes_other_names() -> None:
    other = Pseudonyms(b"other")
    assert KEY.of("shop.cache") == KEY.of("shop.cache") != other.of("shop.cache")
    assert KEY.of("shop.cache").partition(".")[0] == KEY.of("shop")


@pytest.mark.parametrize(
    "name",
    ["__dict__", "self", "MainThread", "thread-3", "", "<module>", "Thread-12", "<lambda>", "<hidden>"],
)
def test_the_interpreters_own_words_stay(name: str) -> None:
    assert KEY.of(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "shop",
        "shop.flask",
        "run.<locals>.Job",
        "flasky.app",
        "Thread-12 (pay)",
        "calendar.<locals>.Job",
        "json",
        "__pay__",
        "_",
        "A",
    ],
)
def test_what_is_the_users_own_does_not(name: str) -> None:
    hidden = KEY.of(name)
    assert hidden.count(".") == name.count(".")
    assert not {*name.split(".")} - {"<locals>"} & {*hidden.split(".")}


def test_values_are_left_out(tmp_path: Path) -> None:
    path = write_snapshot(tmp_path, SHOP_AFTER)
    heap = path.with_suffix(".heap")
    target = redacted(path, "shared")
    tags = {section.tag for section in read_sections(target.with_suffix(".heap"))}
    assert Section.VALUES not in tags
    assert struct.unpack_from("<H", target.with_suffix(".heap").read_bytes(), 10)[0] == 0
    assert heap.exists()


def test_hashes_are_left_out(tmp_path: Path) -> None:
    graph = drawn("shop.A: list -> str * 2 text=7\nshop.A -> bytes text=8")
    path = heapfiles.write_snapshot(graph, tmp_path)
    copy = redacted(path, "copy")
    assert load_graph(load(path)).hashes is not None
    assert load_graph(load(copy)).hashes is None
    assert not any(kind.flags & TypeFlag.HASHED for kind in load_graph(load(copy)).types)
    assert Section.HASHES not in copy.with_suffix(".heap").read_bytes()


def test_integer_keys_are_left_out_and_the_rest_of_the_record_stays() -> None:
    keys = [4711, -3, 0]
    entries = b"".join(
        encode_varint(key << 1 ^ key >> 63 & (1 << 64) - 1) + b"\x04\x06"
        for key in (abs(key) for key in keys)
    )
    head = b"\x10" + b"\x40" + b"\x00"
    payload = head + encode_varint(len(keys) << 4 | GroupKind.INT_ITEMS) + entries
    follows = b"\x10" + b"\x02" + b"\x00" + encode_varint(1 << 4 | GroupKind.UNNAMED) + b"\x04"
    written = rewrite_records(payload + follows, frozenset(), lambda name: name)
    before, after = (list(decode_records(data)) for data in (payload + follows, written))
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


def test_releases_services_and_pods_can_be_told_apart_without_their_names(tmp_path: Path) -> None:
    told: dict[str, Any] = {
        "release": "1.5.0-acme",
        "service": "acme",
        "environment": "production",
        "pod": "acme-7d4b",
    }
    path = write_snapshot(tmp_path, SHOP_AFTER, **told)
    other = write_snapshot(tmp_path, SHOP_AFTER, number=2, **{**told, "release": "1.6.0-acme", "pod": ""})
    one, same, next_one = (
        load(redacted(each, f"copy-{number}")) for number, each in enumerate((path, path, other))
    )
    for each in (one, next_one):
        assert each.heap is not None
        for file in (each.path, each.heap):
            assert not any(word in file.read_bytes() for word in (b"acme", b"production", b"1.5.0", b"7d4b"))
    first, second = one.summary.process, next_one.summary.process
    assert first == same.summary.process
    assert first.release.startswith("release-")
    assert first.release != second.release
    assert (first.service, first.environment) == (second.service, second.environment)
    assert first.pod.startswith("pod-")
    assert second.pod == ""


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


OWN = """
import calendar as real_calendar, collections, dataclasses, email.message, json, logging, sys, threading, types
def calendar():
    class Zq7own_local: pass
    def Zq7own_inner(): yield 1
    return Zq7own_local(), Zq7own_inner, Zq7own_inner()
class email:
    email = 1
    def Zq7own_method(self): pass
class Holder:
    def __init__(self): self.email, self.json, self.logging = [], [], []
    def __Zq7own__(self): pass
space = {}
exec("class Zq7own_exec: pass\\nclass dict: pass", space)
HELD = [calendar(), email(), Holder(), space["Zq7own_exec"](), space["dict"](), types.new_class("Zq7own_new")()]
HELD.append(dataclasses.make_dataclass("Zq7own_data", ["Zq7own_field"])(1))
HELD.append(type("Zq7own_said", (), {"__module__": "collections"})())
HELD.append(type("Zq7own_nested", (), {"__module__": "json.decoder", "__qualname__": "JSONDecoder.Zq7own_nested"})())
HELD.append(type("Zq7own_well_known", (), {"__module__": "flask.app"})())
wave = sys.modules["wave"] = types.ModuleType("wave")
exec("class Zq7own_wave: pass\\nmade = Zq7own_wave()", wave.__dict__)
sys.modules["json.Zq7own_alias"] = sys.modules["Zq7own_json"] = json
sys.modules["colorsys"] = module = types.ModuleType("colorsys")
module.__file__ = "/srv/shop/colorsys.py"
exec("class Zq7own_colorsys: pass\\nmade = Zq7own_colorsys()", module.__dict__)
sys.modules["requests"] = module = types.ModuleType("requests")
module.__file__ = "/v/site-packages/Zq7own_package/requests.py"
gate = threading.Event()
threading.Thread(target=gate.wait, name="Zq7own_thread", daemon=True).start()
threading.Thread(target=gate.wait, name="Thread-9 (Zq7own_function)", daemon=True).start()
HELD += [email, logging.getLogger("plain"), collections.OrderedDict(), real_calendar.TextCalendar(), json.JSONDecoder()]
"""


@pytest.mark.slow
@pytest.mark.parametrize("engine", EVERY_ENGINE)
def test_what_is_called_as_the_standard_library_is_the_users_own_all_the_same(
    engine: str, tmp_path: Path
) -> None:
    (tmp_path / "d").mkdir(mode=0o700)
    with Target(engine_setup(engine, tmp_path / "d") + OWN) as target:
        path = Path(target.evaluate("snapshot()")["path"])
    before, after = (read_heap(each.with_suffix(".heap")) for each in (path, redacted(path, "shared")))
    assert b"Zq7own" in bytes_of(path)
    assert b"Zq7own" not in bytes_of(path.with_name("shared.json"))
    for heap, labels in ((before, {"email", "json", "logging"}), (after, set())):
        (holder,) = (at for at in heap.types if before.types[at] == "__main__.Holder")
        assert {"email", "json", "logging"} & heap.labels_of(holder).keys() == labels
    kinds = {after.types[at] for at in before.types if before.types[at] == "dict"}
    assert len(kinds) == 2, "one of them is the user's"
    known = {"logging.Logger", "collections.OrderedDict", "calendar.TextCalendar", "json.decoder.JSONDecoder"}
    assert known <= {*after.types.values()}
    modules = {name for kind, name, _ in after.roots if kind == RootKind.MODULE}
    assert {
        "json",
        "json.decoder",
        "email",
        "email.message",
        "logging",
        "calendar",
        "sys",
        "builtins",
        "os",
    } <= modules
    assert not {"wave", "colorsys", "requests"} & modules


@pytest.mark.slow
@pytest.mark.parametrize("engine", EVERY_ENGINE)
def test_of_names_that_may_be_codes_none_is_left(engine: str, tmp_path: Path) -> None:
    """The other half of `test_privacy`: data that looks like code is in a snapshot, and not in its copy."""
    (tmp_path / "d").mkdir(mode=0o700)
    with Target(SETUP.format(folder=str(tmp_path)) + engine_setup(engine, tmp_path / "d")) as target:
        for place, code in {**PLACES, **NAMED_AFTER_DATA}.items():
            target.execute(code.format(secret=f"Zq7hush_{place}"))
        path = Path(target.evaluate("snapshot()")["path"])
    assert bytes_of(path).count(b"Zq7hush") > 40
    redacted(path, "shared")
    assert b"Zq7hush" not in bytes_of(path.with_name("shared.json"))


@pytest.mark.parametrize("engine", EVERY_ENGINE)
def test_without_a_graph_only_the_interpreters_types_keep_their_names(engine: str, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir(mode=0o700)
    with Target(engine_setup(engine, tmp_path / "d") + OWN) as target:
        path = Path(target.evaluate("snapshot(graph=False)")["path"])
    names = {entry.type for entry in load(redacted(path, "shared")).summary.types}
    assert {"dict", "str", "function", "code"} <= names
    parts = {part for name in names if "." in name for part in name.split(".")}
    assert [part for part in parts if not re.fullmatch(r"x[0-9a-f]{10}|__\w+__|<\w+>", part)] == []


def key_file(directory: Path, key: str) -> Path:
    path = directory / "key"
    path.write_text(f"{key}\n")
    return path


GOOD_KEY = "8f14e45fceea167a5a36dedd4bea2543"


@pytest.mark.slow
def test_a_key_comes_by_a_file_or_a_variable(
    pair: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = ("--key-file", key_file(tmp_path, GOOD_KEY))
    assert run("redact", pair[0], "-o", tmp_path / "one.json", *given).exit_code == 0
    monkeypatch.setenv("HEAPDIFF_REDACT_KEY", GOOD_KEY)
    assert run("redact", pair[0], "-o", tmp_path / "two.json").exit_code == 0
    monkeypatch.delenv("HEAPDIFF_REDACT_KEY")
    assert run("redact", pair[0], "-o", tmp_path / "three.json").exit_code == 0
    one, two, three = (load(tmp_path / f"{name}.json").summary.types for name in ("one", "two", "three"))
    assert one == two != three


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("acme2026", "is too short"),
        ("abab" * 9, "repeats"),
        ("a" * 5000, "is too long"),
    ],
)
def test_a_key_that_can_be_guessed_is_refused(
    pair: tuple[Path, Path], tmp_path: Path, key: str, reason: str
) -> None:
    path = key_file(tmp_path, key)
    done = run("redact", pair[0], "-o", tmp_path / "out.json", "--key-file", path)
    assert done.exit_code == 2
    assert done.complaint[0].startswith(f"heapdiff: {path}: ")
    assert reason in done.complaint[0]
    assert "openssl rand" in done.complaint[1]
    assert not (tmp_path / "out.json").exists()


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (("--key", GOOD_KEY), "--key: other users can read a command line"),
        (("--key-file", "/nowhere/key"), "/nowhere/key: No such file"),
        (("--key-file", "/nowhere/key", "--ask-key"), "--key-file and --ask-key"),
        (("--ask-key",), "--ask-key: there is no terminal"),
    ],
)
def test_a_key_comes_by_no_other_way(pair: tuple[Path, Path], given: tuple[str, ...], reason: str) -> None:
    done = run("redact", pair[0], "-o", pair[0].with_name("out.json"), *given)
    assert done.exit_code == 2
    assert done.complaint[0].startswith(f"heapdiff: {reason}")
    assert GOOD_KEY not in done.stderr


@pytest.mark.slow
def test_a_guess_at_the_key_costs_what_the_page_says() -> None:
    """It is scrypt's, not one hash; twice the cost of what is common for passwords."""
    slow = hashlib.scrypt(
        GOOD_KEY.encode(), salt=b"heapdiff redact 1", n=1 << 16, r=8, p=2, maxmem=1 << 27, dklen=32
    )
    assert derive_key(GOOD_KEY.encode()) == slow
