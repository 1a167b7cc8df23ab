"""`compare --bundle` writes one private file that doesn't say where it was made, and with `--redact` none of the user's names."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest

from heapdiff.cli.comparison.copies import redacted_copies
from heapdiff.errors import UsageError
from heapdiff.snapshot import read_snapshot
from heapdiff.snapshot.redaction import Pseudonyms, derive_key
from tests.cli.command import Done, run
from tests.cli.snapshot_files import SHOP_AFTER, SHOP_BEFORE, SHOP_SAMPLED, write_snapshot

pytestmark = pytest.mark.process
SVG = "{http://www.w3.org/2000/svg}"
FILES = ["chain-1.dot", "chain-1.png", "chain-1.svg", "compare.json", "leak.html", "leak.md"]
SECRETS = (
    "shop",
    "Session",
    "SESSIONS",
    "web1",
    "Acme",
    "deploy for",
    "session_for",
    "cache.py",
    "qproduct",
    "qcart",
)
KEY = "a key that nobody guesses, 42"
GROWN = "shop.cache.SESSIONS"
SAMPLED = SHOP_SAMPLED.replace("product", "qproduct").replace(
    "cart", "qcart"
)  # libraries of the page have such words


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "Acme"


@pytest.fixture
def pair(folder: Path) -> tuple[Path, Path]:
    folder.mkdir()
    argv = ["gunicorn", "--env", "TOKEN=Acme", "shop:app"]
    calls = {"argv": argv, "endpoints": {"shop.qproduct": 4}}
    first, last = (
        write_snapshot(folder, SHOP_BEFORE, 1, **calls),
        write_snapshot(folder, SAMPLED, 2, **calls),
    )
    last.write_text(last.read_text().replace('"label": null', '"label": "deploy for Acme"'))
    return first, last


def bundle(file: Path, *more: str | Path, **variables: str) -> Done:
    done = run("compare", *more, "--bundle", file, **variables)
    assert done.exit_code == 0, done.stderr
    return done


def members(file: Path) -> dict[str, bytes]:
    with ZipFile(file) as packed:
        assert packed.testzip() is None
        return {name: packed.read(name) for name in packed.namelist()}


def test_it_holds_the_text_the_answer_and_the_picture(pair: tuple[Path, Path], tmp_path: Path) -> None:
    done = bundle(tmp_path / "leak.zip", *pair)
    assert done.stdout.startswith(f"LEAK: {GROWN} ")
    assert done.complaint[0].endswith("no values")
    assert "--redact" in done.complaint[1]
    found = members(tmp_path / "leak.zip")
    assert list(found) == FILES
    assert found["leak.md"].startswith(f"**LEAK**: `{GROWN}` ".encode())
    assert f"`chain-1.svg`: who keeps what `{GROWN}` newly holds" in found["leak.md"].decode()
    assert json.loads(found["compare.json"])["suspects"][0]["holder"]["path"] == GROWN
    assert found["leak.html"].count(GROWN.encode()) > 1
    assert found["chain-1.png"].startswith(b"\x89PNG")
    texts = {text.text for text in ElementTree.fromstring(found["chain-1.svg"]).iter(f"{SVG}text")}
    assert "SESSIONS" in texts


def test_it_is_its_users_alone_and_the_same_whenever_it_is_made(
    pair: tuple[Path, Path], tmp_path: Path
) -> None:
    (tmp_path / "two.zip").write_bytes(b"an older one")
    for name, order in (("one.zip", pair), ("two.zip", pair[::-1])):
        bundle(tmp_path / name, *order, "--format", "json")
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    with ZipFile(tmp_path / "one.zip") as packed:
        assert {each.date_time for each in packed.infolist()} == {(2026, 11, 22, 14, 2, 6)}, (
            "in steps of two seconds"
        )
    one, two = (members(tmp_path / name) for name in ("one.zip", "two.zip"))
    assert {name for name in one if one[name] != two[name]} <= {"leak.md", "leak.html", "compare.json"}, (
        "the order is noted"
    )
    bundle(tmp_path / "three.zip", *pair)
    assert (tmp_path / "three.zip").read_bytes() == (tmp_path / "one.zip").read_bytes()


def test_where_the_snapshots_are_is_not_told(pair: tuple[Path, Path], folder: Path, tmp_path: Path) -> None:
    for path in (pair[0], pair[0].with_suffix(".heap")):
        (folder / "before").mkdir(exist_ok=True)
        path.rename(folder / "before" / path.name)
    bundle(tmp_path / "leak.zip", folder / "before", pair[1])
    found = members(tmp_path / "leak.zip")
    assert [name for name, content in found.items() if str(tmp_path).encode() in content] == []
    paths = [each["path"] for each in json.loads(found["compare.json"])["snapshots"]]
    assert paths == [f"before/{pair[0].name}", pair[1].name]


def leaks(found: dict[str, bytes]) -> Iterator[tuple[str, str]]:
    return (
        (name, secret)
        for name in found
        for secret in SECRETS
        if secret.encode() in name.encode() + found[name]
    )


def test_redacted_no_file_of_it_has_a_name_that_is_hidden(pair: tuple[Path, Path], tmp_path: Path) -> None:
    bundle(tmp_path / "plain.zip", *pair)
    plain = {secret for _, secret in leaks(members(tmp_path / "plain.zip"))}
    assert plain == {*SECRETS}, "they are there to be hidden"
    done = bundle(tmp_path / "leak.zip", *pair, "--redact")
    found = members(tmp_path / "leak.zip")
    assert list(found) == FILES
    assert list(leaks(found)) == []
    assert [secret for secret in SECRETS if secret in done.stdout] == []
    assert (len(done.complaint), "pseudonyms" in done.stderr) == (1, True)
    answer = json.loads(found["compare.json"])
    assert answer["verdict"]["kind"] == "leak"
    assert [each["path"] for each in answer["snapshots"]] == ["snapshot-1.json", "snapshot-2.json"]
    assert list(tmp_path.glob("heapdiff-*")) == []


def test_whoever_takes_it_for_a_snapshot_is_told_what_to_open(
    pair: tuple[Path, Path], tmp_path: Path
) -> None:
    bundle(tmp_path / "leak.zip", *pair)
    done = run("show", tmp_path / "leak.zip")
    assert (done.exit_code, "leak.html" in done.stderr) == (3, True)


def test_where_copies_find_no_room_another_directory_for_them_is_named(pair: tuple[Path, Path]) -> None:
    opened = [read_snapshot(path) for path in pair]

    def fill(_: object, __: Path) -> None:
        Path("/dev/full").write_bytes(b"x")

    said = r"too little room for redacted copies \(No space left"
    with pytest.raises(UsageError, match=said) as caught, redacted_copies(opened, fill):
        pass
    assert "TMPDIR" in caught.value.hint


@pytest.mark.slow
def test_a_key_gives_the_names_that_redact_gives_and_none_others(
    pair: tuple[Path, Path], tmp_path: Path
) -> None:
    (tmp_path / "key").write_text(KEY)
    keyed, new = (
        json.loads(run("compare", *pair, "--redact", *options, "--format", "json").stdout)
        for options in (("--key-file", tmp_path / "key"), ())
    )
    pseudonym = Pseudonyms(derive_key(KEY.encode())).of(GROWN)
    assert keyed["suspects"][0]["holder"]["path"] == pseudonym
    assert new["suspects"][0]["holder"]["path"] != pseudonym


def test_both_files_of_a_snapshot_are_one_copy(pair: tuple[Path, Path], folder: Path) -> None:
    assert pair[0].parent == folder
    found = json.loads(run("compare", *sorted(folder.iterdir()), "--redact", "--format", "json").stdout)
    assert len(found["snapshots"]) == 2
    assert (found["suspects"][0]["holder"]["length_after"], found["verdict"]["kind"]) == (220, "leak")


def test_what_workers_share_is_drawn_once(tmp_path: Path) -> None:
    for number, (pid, text) in enumerate(
        ((1, SHOP_BEFORE), (2, SHOP_BEFORE), (1, SHOP_AFTER), (2, SHOP_AFTER)), 1
    ):
        write_snapshot(tmp_path, text, number, pid=pid, requests=0 if number < 3 else 100)
    bundle(tmp_path / "leak.zip", *tmp_path.glob("*.json"))
    found = members(tmp_path / "leak.zip")
    assert list(found) == FILES
    assert "newly holds in PID 1\n" in found["leak.md"].decode()
    assert json.loads(found["compare.json"])["schema"] == "comparisons/1"


def test_nothing_to_draw_is_no_failure(pair: tuple[Path, Path], folder: Path, tmp_path: Path) -> None:
    same = write_snapshot(folder, SHOP_BEFORE, 3)
    bundle(tmp_path / "calm.zip", pair[0], same)
    assert list(members(tmp_path / "calm.zip")) == ["compare.json", "leak.html", "leak.md"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--bundle", "leak.tar"), "doesn't end in .zip"),
        (("--bundle", "missing/leak.zip"), "there is no directory missing"),
        (("--bundle", "-"), "can't be written to standard output"),
        (("--bundle", "leak.zip", "-o", "./leak.zip"), "is named by -o, too"),
        (("--key-file", "key"), "need --redact"),
        (("--ask-key",), "need --redact"),
        (("--redact", "--ask-key"), "there is no terminal"),
    ],
)
def test_what_makes_no_sense_is_refused_before_any_work(
    pair: tuple[Path, Path], options: tuple[str, ...], said: str
) -> None:
    done = run("compare", *pair, *options)
    assert (done.exit_code, done.stdout, len(done.complaint)) == (2, "", 2)
    assert said in done.complaint[0]


def test_one_that_cannot_be_written_leaves_the_older_one(
    pair: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "leak.zip"
    target.write_bytes(b"an older one")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fchmod", refuse)
    done = run("compare", *pair, "--bundle", target)
    assert (done.exit_code, str(target) in done.complaint[0]) == (2, True)
    assert target.read_bytes() == b"an older one"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Acme", "leak.zip"]
