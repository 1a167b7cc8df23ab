"""The directory is ours alone or refused with the reason; names say host, process, sequence and time."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heapdiff.agent.directory.access import foresee_refusal, prepare_directory
from heapdiff.agent.directory.names import (
    default_directory,
    find_snapshots,
    name_snapshot,
    parse_name,
    sanitize_host,
)


def test_a_missing_directory_is_made_private(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b"
    assert prepare_directory(path) is None
    assert path.stat().st_mode & 0o777 == 0o700


def test_the_default_directory_carries_the_user() -> None:
    assert default_directory().name == f"heapdiff-{os.geteuid()}"


def test_a_default_directory_has_a_name_where_none_can_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: ["/proc"])
    monkeypatch.setenv("TMPDIR", "/proc")
    with pytest.raises(FileNotFoundError):
        tempfile.gettempdir()
    assert default_directory() == Path(f"/proc/heapdiff-{os.geteuid()}")


def test_a_refusal_is_foreseen_without_making_the_directory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert f"({tmp_path}/file is not" in (foresee_refusal(tmp_path / "file" / "a" / "b") or "")
    assert foresee_refusal(tmp_path / "a" / "b") is None
    assert not (tmp_path / "a").exists()


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert prepare_directory(tmp_path / "link") == (
        f"{tmp_path}/link is a symbolic link; give the directory itself"
    )


def test_a_dangling_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    assert "symbolic link" in (prepare_directory(tmp_path / "link") or "")
    assert not (tmp_path / "nowhere").exists()


def test_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert prepare_directory(tmp_path / "file") == f"{tmp_path}/file is not a directory"


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o1777])
def test_a_directory_that_others_can_write_to_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "open"
    path.mkdir()
    path.chmod(mode)
    assert f"mode {mode:04o}" in (prepare_directory(path) or "")


@pytest.mark.parametrize(("mode", "refused"), [(0o777, True), (0o1777, False), (0o775, False)])
def test_a_directory_that_others_could_replace_is_refused(tmp_path: Path, mode: int, refused: bool) -> None:
    path = tmp_path / "shared" / "snapshots"
    path.mkdir(mode=0o700, parents=True)
    path.parent.chmod(mode)
    assert ("can be replaced" in (prepare_directory(path) or "")) == refused


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_another_users_directory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "theirs"
    path.mkdir(mode=0o700)
    os.chown(path, 12345, 12345)
    assert prepare_directory(path) == f"{path} belongs to user 12345, and this process is user 0"


def test_a_place_where_nothing_can_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "can't be created (Not a directory)" in (prepare_directory(tmp_path / "file" / "below") or "")


def test_a_name_is_put_together_and_taken_apart_again() -> None:
    name = name_snapshot("web-1.example", 4242, 7, 1_795_356_307.9)
    assert str(name) == "web-1.example-4242-0007-20261122T140507Z"
    assert parse_name(str(name)) == name


@given(st.text(max_size=200), st.integers(1, 2**22), st.integers(1, 10**6))
def test_any_host_gives_a_name_that_is_a_plain_file_name(host: str, pid: int, sequence: int) -> None:
    name = name_snapshot(host, pid, sequence, 0.0)
    assert parse_name(str(name)) == name
    assert str(name).isascii()
    assert "/" not in str(name)
    assert not str(name).startswith((".", "-"))
    assert len(sanitize_host(host)) <= 64


@pytest.mark.parametrize(
    "text",
    [
        "", "x", "../web-1-0001-20261122T140507Z", "web-1-0001-20261122T140507Z.json", "web-1-0001-20261122T140507Z\n",
        "web-1-0001-20261122T140507", "web-x-0001-20261122T140507Z", "web-\u0661-0001-20261122T140507Z", "/etc/passwd",
        "web-1-0001-20261122T140507Z\0", "w b-1-0001-20261122T140507Z",
    ],
)  # fmt: skip
def test_anything_else_is_no_name(text: str) -> None:
    assert parse_name(text) is None


def test_snapshots_are_found_oldest_first_and_nothing_else_is(tmp_path: Path) -> None:
    names = [str(name_snapshot("h", 1, n, 1e9 - n)) for n in (1, 2, 3)]
    for name in [*names, ".agent-1", "other", f".{names[0]}.json.partial"]:
        (tmp_path / f"{name}.json").write_text("")
    (tmp_path / f"{names[0]}.heap").write_text("")
    assert [str(name) for name in find_snapshots(tmp_path)] == names[::-1]
    assert find_snapshots(tmp_path / "missing") == []
