"""Where a file is named: directories and packed ones to read, and what can't be written to."""

from __future__ import annotations

import gzip
import os
import re
import stat
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from heapdiff.cli.output import writing_directory, writing_file
from heapdiff.errors import UsageError
from tests.cli.command import Done, run
from tests.cli.snapshot_files import SHOP_AFTER, SHOP_BEFORE, write_snapshot

READERS = [("show",), ("why", "str"), ("tree",), ("dump",)]


@pytest.fixture
def heaps(tmp_path: Path) -> Path:
    """Two snapshots of a process."""
    folder = tmp_path / "heaps"
    folder.mkdir()
    write_snapshot(folder, SHOP_BEFORE, 2)
    write_snapshot(folder, SHOP_AFTER, 3)
    return folder


def ask(command: tuple[str, ...], path: Path) -> Done:
    return run(command[0], path, *command[1:])


@pytest.mark.parametrize("command", READERS)
def test_a_directory_stands_for_its_latest_snapshot_and_that_is_said(
    heaps: Path, command: tuple[str, ...]
) -> None:
    latest = sorted(heaps.glob("*.json"))[-1]
    done = ask(command, heaps)
    assert done.exit_code == 0, done.stderr
    assert done.stdout == ask(command, latest).stdout
    assert done.complaint == [f"heapdiff: {latest} is the latest of 2 snapshots in {heaps}"]


def test_several_processes_in_a_directory_are_said(heaps: Path) -> None:
    other = write_snapshot(heaps, SHOP_BEFORE, 4, pid=4243)
    done = run("show", heaps)
    assert done.complaint == [f"heapdiff: {other} is the latest of 3 snapshots of 2 processes in {heaps}"]


def test_since_a_directory_is_since_its_first_snapshot_of_the_same_process(
    heaps: Path, tmp_path: Path
) -> None:
    write_snapshot(heaps, SHOP_BEFORE, 1, pid=4243)
    paths = sorted(heaps.glob("*.json"))
    done = run("graph", paths[-1], "--since", heaps, "-o", tmp_path / "x.dot")
    assert done.exit_code == 0, done.stderr
    assert done.complaint == [f"heapdiff: {paths[1]} is the first of 3 snapshots of 2 processes in {heaps}"]
    assert "SESSIONS" in (tmp_path / "x.dot").read_text()


def test_two_directories_without_snapshots_are_two_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    done = run("compare", ".", "..")
    assert (done.exit_code, done.complaint[0]) == (3, "heapdiff: .: holds no snapshots")
    assert len(done.complaint) == 2


@pytest.fixture
def mixed(heaps: Path) -> Path:
    """The same, and what nobody can read: one of another process that grew, and files that are none."""
    for number, pid in ((5, 4243), (6, 4243)):
        write_snapshot(heaps, SHOP_BEFORE, number, pid=pid)
    damaged = sorted(heaps.glob("*.heap"))[-1]
    damaged.write_bytes(damaged.read_bytes()[:-1])
    (heaps / "zero.heap").write_bytes(bytes(99))
    (heaps / "hole.heap").touch()
    os.truncate(heaps / "hole.heap", 1 << 40)
    (heaps / "none.json").write_bytes(b'{"schema": "snapshot/1", "x"')
    return heaps


def left_out(done: Done) -> list[str]:
    said = [line.removeprefix("heapdiff: left out: ") for line in done.complaint if ": left out: " in line]
    return [Path(line.partition(":")[0]).name for line in said]


@pytest.mark.process
@pytest.mark.parametrize("command", [("compare",), ("report",), ("advise",), ("show",)])
def test_what_cannot_be_read_in_a_directory_is_a_line_and_in_no_others_way(
    mixed: Path, command: tuple[str, ...]
) -> None:
    more = ("-o", mixed.parent / "x.html") if command == ("report",) else ()
    done = run(*command, mixed, *more)
    assert left_out(done) == ["hole.heap", "none.json", "zero.heap"], done.stderr
    assert done.exit_code == (3 if command == ("advise",) else 0), done.stderr


@pytest.mark.parametrize("more", [(), ("--redact",)])
def test_a_process_that_cannot_be_read_is_named_and_growth_is_not_denied_of_it(
    mixed: Path, more: tuple[str, ...]
) -> None:
    damaged = sorted(mixed.glob("web*.heap"))[-1]
    done = run("compare", mixed, *more)
    assert done.exit_code == 0, done.stderr
    assert "PID 4243 isn't compared: one of its files can't be read." in done.stdout
    assert any(line.startswith(f"heapdiff: {damaged}: cut off") for line in done.complaint)
    assert str(mixed) not in done.stdout or not more
    assert run("compare", mixed, *more, "--fail-on-growth", "1GB").exit_code == 3
    for each in ("zero.heap", "hole.heap", "none.json"):
        (mixed / each).unlink()
    assert run("compare", mixed, *more, "--fail-on-growth", "1GB").exit_code == 3
    for path in mixed.iterdir():
        if b"4243" in path.read_bytes() or path == damaged:
            path.unlink()
    assert run("compare", mixed, *more, "--fail-on-growth", "1GB").exit_code == 0
    (mixed / "zero.heap").write_bytes(bytes(99))
    assert run("compare", mixed, *more, "--fail-on-growth", "1GB").exit_code == 3


def test_the_only_process_that_cannot_be_read_is_an_error_redacted_or_not(heaps: Path) -> None:
    pair = sorted(heaps.glob("*.json"))[:2]
    damaged = pair[1].with_suffix(".heap")
    damaged.write_bytes(damaged.read_bytes()[:-1])
    plain, redacted = run("compare", *pair), run("compare", *pair, "--redact")
    assert plain == redacted
    assert redacted.exit_code == 3
    assert redacted.complaint[0].startswith(f"heapdiff: {damaged}: cut off")


@pytest.mark.parametrize("command", READERS)
def test_packed_files_are_read(tmp_path: Path, command: tuple[str, ...]) -> None:
    path = write_snapshot(tmp_path, SHOP_AFTER)
    plain = ask(command, path).stdout.splitlines()
    for each in (path, path.with_suffix(".heap")):
        each.with_name(f"{each.name}.gz").write_bytes(gzip.compress(each.read_bytes()))
        each.unlink()
    done = ask(command, path.with_name(f"{path.name}.gz"))
    assert (done.exit_code, done.stdout.splitlines()[1:]) == (0, plain[1:])


WRITERS = [
    ("compare", "{first}", "{second}"),
    ("graph", "{second}", "--since", "{first}"),
    ("redact", "{second}"),
    ("export", "{second}", "--to", "chrome"),
]


def write(command: tuple[str, ...], heaps: Path, output: object) -> Done:
    first, second = sorted(heaps.glob("*.json"))
    before = {path: path.stat().st_mtime_ns for path in heaps.parent.rglob("*")}
    done = run(*(word.format(first=first, second=second) for word in command), "-o", str(output))
    after = {path: path.stat().st_mtime_ns for path in heaps.parent.rglob("*")}
    assert after == before, "nothing is written elsewhere"
    return done


@pytest.mark.parametrize("command", WRITERS)
def test_nothing_is_written_to_what_is_no_file(heaps: Path, command: tuple[str, ...]) -> None:
    (heaps.parent / "folder.svg").mkdir()
    for output, reason in {
        str(heaps.parent / "folder.svg"): "is a directory",
        f"{heaps}/new.svg/": "is a directory",
        f"{heaps}/gone/x.svg": f"there is no directory {heaps}/gone",
        "": "the name is empty",
        "/dev": "is a directory",
    }.items():
        done = write(command, heaps, output)
        assert (done.exit_code, done.stdout, len(done.complaint)) == (2, "", 2), done.stderr
        assert reason in done.complaint[0]


@pytest.mark.parametrize("command", WRITERS[1:])
@pytest.mark.parametrize("output", ["-", "/dev/null", "/dev/stdout"])
def test_a_picture_or_a_pair_of_files_goes_to_no_stream(
    heaps: Path, command: tuple[str, ...], output: str
) -> None:
    done = write(command, heaps, output)
    assert (done.exit_code, done.stdout, len(done.complaint)) == (2, "", 2), done.stderr
    assert not os.path.exists("/dev/null.json")


def test_a_comparison_goes_to_standard_output_by_its_usual_name_or_into_a_device(heaps: Path) -> None:
    plain = run("compare", *sorted(heaps.glob("*.json")))
    assert write(WRITERS[0], heaps, "-") == plain
    assert write(WRITERS[0], heaps, "/dev/null") == Done(0, "", "")


@pytest.mark.process
@pytest.mark.parametrize("umask", [0, 0o777])
@pytest.mark.parametrize(
    "command",
    [*WRITERS[:3], ("compare", "{first}", "{second}", "--format", "markdown"), ("report", "{first}", "{second}"),
     ("query", "{second}", "select 1", "--format", "csv"), ("query", "{second}", "select 1")],
)  # fmt: skip
def test_only_its_user_can_read_what_is_written_whatever_the_umask(
    heaps: Path, tmp_path: Path, command: tuple[str, ...], umask: int
) -> None:
    folder = tmp_path / "written"
    folder.mkdir()
    (folder / "x.json").touch(0o666)
    before = os.umask(umask)
    try:
        first, second = sorted(heaps.glob("*.json"))
        words = (word.format(first=first, second=second) for word in command)
        assert run(*words, "-o", folder / ("x.dot" if command[0] == "graph" else "x.json")).exit_code == 0
    finally:
        os.umask(before)
    written = {
        path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir() if path.stat().st_size
    }
    assert written, "something is"
    assert set(written.values()) == {0o600}, written


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """A directory like /tmp, with a link to a file outside."""
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o1777)
    (folder / "leak").symlink_to(tmp_path / "precious")
    (tmp_path / "precious").write_text("mine")
    return folder


def compare(heaps: Path, output: Path) -> Done:
    return run("compare", *sorted(heaps.glob("*.json")), "-o", output)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give links to other users")
def test_another_users_link_where_everybody_may_write_leads_nowhere(heaps: Path, shared: Path) -> None:
    link = shared / "leak"
    os.lchown(link, 4711, 4711)
    refused = f"{link}: is a link of user 4711 in a directory where everybody may write"
    done = compare(heaps, link)
    assert (done.exit_code, done.complaint[0]) == (2, f"heapdiff: {refused}")
    with pytest.raises(UsageError, match=re.escape(refused)), writing_file(link):
        pass
    with pytest.raises(UsageError, match=re.escape(refused)), writing_directory(link):
        pass
    assert (shared.parent / "precious").read_text() == "mine"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give links to other users")
@pytest.mark.parametrize("mode", [0o777, 0o1777])
def test_so_it_does_where_the_directory_is_open_without_being_sticky(
    heaps: Path, shared: Path, mode: int
) -> None:
    shared.chmod(mode)
    os.lchown(shared / "leak", 4711, 4711)
    assert compare(heaps, shared / "leak").exit_code == 2
    assert (shared.parent / "precious").read_text() == "mine"


def exchange(shared: Path, write: Callable[[Path], AbstractContextManager[Path]]) -> None:
    """While something is written, have a link take its place, as whoever may rename what is in the directory can."""
    with write(shared / "x") as new:
        (name,) = shared.glob(".x.*")
        name.rename(shared.parent / "moved")
        name.symlink_to(shared.parent / "precious")
        (new / "y" if new.is_dir() else new).write_bytes(b"ours")


@pytest.mark.parametrize("write", [writing_file, writing_directory])
def test_a_link_that_takes_the_place_of_what_is_being_written_leads_nowhere(
    shared: Path, write: Callable[[Path], AbstractContextManager[Path]]
) -> None:
    precious = shared.parent / "precious"
    precious.chmod(0o644)
    with pytest.raises(OSError, match="somebody else put something in its place"):
        exchange(shared, write)
    assert (precious.read_text(), stat.S_IMODE(precious.stat().st_mode)) == ("mine", 0o644)
    assert not (shared / "x").exists()


def test_an_own_link_is_followed_and_stays(heaps: Path, shared: Path) -> None:
    (shared / "first").symlink_to("leak")
    assert compare(heaps, shared / "first").exit_code == 0
    assert "SESSIONS" in (shared.parent / "precious").read_text()
    assert all(each.is_symlink() for each in shared.iterdir())


def test_links_in_a_circle_are_an_error_of_usage(heaps: Path, tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    done = compare(heaps, tmp_path / "one")
    assert (done.exit_code, "one: Too many" in done.complaint[0]) == (2, True)
