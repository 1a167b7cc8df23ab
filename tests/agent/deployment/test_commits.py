"""The commit is the one that git tells, in every layout; of a repository that lies, nothing is believed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from heapdiff.agent.deployment.commits import LINE_MOST, PACKED_MOST, find_commit
from tests.agent.deployment.repositories import commit, git, make_repository

BRANCH = ".git/refs/heads/team/main"
FALSE = "0123456789abcdef" * 2 + "01234567"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a commit."""
    folder = tmp_path_factory.mktemp("made") / "shop"
    make_repository(folder)
    return folder


@pytest.fixture
def shop(made: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return shutil.copytree(made, tmp_path / "shop")


def test_a_branch_is_a_file_of_its_own_or_packed(shop: Path) -> None:
    first = git(shop, "rev-parse", "HEAD")
    assert find_commit(str(shop)) == first
    git(shop, "pack-refs", "--all")
    assert not (shop / ".git/refs/heads/team/main").exists()
    assert find_commit(str(shop)) == first
    assert find_commit(str(shop)) != commit(shop)
    assert find_commit(str(shop)) == git(shop, "rev-parse", "HEAD"), "the file goes before the packed one"


def test_among_many_packed_branches_the_right_one_is_found(shop: Path) -> None:
    for name in ("a-first", "team/main2", "xteam/main", "z-last"):
        git(shop, "branch", name)
    wanted = commit(shop)
    git(shop, "tag", "-am", "1.5.0", "1.5.0")  # it is told with a line that begins with ^
    git(shop, "pack-refs", "--all")
    assert find_commit(str(shop)) == wanted
    git(shop, "checkout", "-q", "z-last")
    assert find_commit(str(shop)) == git(shop, "rev-parse", "z-last") != wanted


def test_a_detached_head_and_a_folder_below(shop: Path) -> None:
    first, _ = git(shop, "rev-parse", "HEAD"), commit(shop)
    git(shop, "checkout", "-q", "--detach", first)
    (shop / "src/shop/views").mkdir(parents=True)
    assert find_commit(str(shop / "src/shop/views")) == first


def test_a_worktree_has_a_head_of_its_own(shop: Path, tmp_path: Path) -> None:
    first = git(shop, "rev-parse", "HEAD")
    git(shop, "worktree", "add", "-q", "-b", "fix", str(tmp_path / "fix"))
    newer = commit(tmp_path / "fix")
    assert find_commit(str(tmp_path / "fix")) == newer
    git(shop, "pack-refs", "--all")
    assert find_commit(str(tmp_path / "fix")) == newer
    assert find_commit(str(shop)) == first != newer


def test_a_submodule_and_a_separate_directory(shop: Path, tmp_path: Path) -> None:
    make_repository(tmp_path / "whole")
    git(
        tmp_path / "whole",
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        str(shop),
        "part",
    )
    assert (tmp_path / "whole/part/.git").is_file()
    assert find_commit(str(tmp_path / "whole/part")) == git(shop, "rev-parse", "HEAD")
    apart = make_repository(tmp_path / "apart", f"--separate-git-dir={tmp_path / 'elsewhere'}")
    assert find_commit(str(tmp_path / "apart")) == apart


def test_a_repository_of_sha_256(tmp_path: Path) -> None:
    made = make_repository(tmp_path / "new", "--object-format=sha256")
    assert len(made) == 64
    assert find_commit(str(tmp_path / "new")) == made


def test_without_a_commit_or_a_repository_there_is_none(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert find_commit(str(tmp_path)) == ""
    assert find_commit(str(tmp_path / "missing")) == ""
    assert find_commit("/") == ""
    assert find_commit("\0") == ""


def write_head(shop: Path, content: bytes) -> None:
    (shop / ".git/HEAD").write_bytes(content)


def replace_with_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def replace_with_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def pack(shop: Path, table: bytes) -> None:
    (shop / BRANCH).unlink()
    put(shop, ".git/packed-refs", table)


def link(path: Path, target: Path) -> None:
    if path.is_dir():
        path.rename(path.with_name("moved"))
    else:
        path.unlink()
    path.symlink_to(target)


def put(shop: Path, name: str, content: bytes = f"{FALSE}\n".encode()) -> Path:
    path = shop / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def repository_is(shop: Path, make: Callable[[Path], object]) -> None:
    (shop / ".git").rename(shop / "moved")
    make(shop / ".git")


HOSTILE: dict[str, Callable[[Path], object]] = {
    "a pipe for HEAD": lambda shop: replace_with_pipe(shop / ".git/HEAD"),
    "a pipe for the branch": lambda shop: replace_with_pipe(shop / BRANCH),
    "a link for HEAD": lambda shop: link(shop / ".git/HEAD", put(shop, "hex")),
    "a link for the branch": lambda shop: link(shop / BRANCH, put(shop, "hex")),
    "a link for the repository": lambda shop: link(shop / ".git", shop / "moved"),
    "a pipe for the repository": lambda shop: repository_is(shop, os.mkfifo),
    "a folder for HEAD": lambda shop: replace_with_folder(shop / ".git/HEAD"),
    "a huge HEAD": lambda shop: write_head(shop, b"ref: refs/heads/team/main\n" + b" " * LINE_MOST),
    "an endless HEAD": lambda shop: os.truncate(shop / ".git/HEAD", 1 << 40),
    "a huge branch": lambda shop: put(shop, BRANCH, FALSE.encode() + b"\n" * LINE_MOST),
    "text": lambda shop: write_head(shop, b"secret of a customer"),
    "text that begins well": lambda shop: write_head(shop, FALSE.encode() + b" and a secret"),
    "two lines": lambda shop: write_head(shop, f"{FALSE}\n{FALSE}".encode()),
    "no bytes of text": lambda shop: write_head(shop, bytes(range(256))),
    "capitals": lambda shop: write_head(shop, FALSE.upper().encode()),
    "a file elsewhere": lambda shop: write_head(shop, b"ref: refs/../../" + bytes(put(shop, "hex").relative_to(shop)) + b"\n"),
    "a place that is absolute": lambda shop: write_head(shop, f"ref: {put(shop, 'hex')}\n".encode()),
    "itself": lambda shop: put(shop, BRANCH, b"ref: refs/heads/team/main\n"),
    "a huge table": lambda shop: pack(shop, f"{FALSE} refs/heads/team/main\n".encode() + b" " * PACKED_MOST),
    "a table of text": lambda shop: pack(shop, b"secret refs/heads/team/main\n"),
    "a file that points nowhere": lambda shop: repository_is(shop, lambda at: at.write_text("gitdir: moved/x\n")),
    "a file that points to itself": lambda shop: repository_is(shop, lambda at: at.write_text("gitdir: .git\n")),
    "a file of text": lambda shop: repository_is(shop, lambda at: at.write_bytes(b"\xff" * 99)),
    "a huge file": lambda shop: repository_is(shop, lambda at: at.write_text("gitdir: moved\n" + "\n" * LINE_MOST)),
}  # fmt: skip


@pytest.mark.parametrize("damage", HOSTILE.values(), ids=list(HOSTILE))
def test_of_what_git_would_not_write_nothing_is_read(shop: Path, damage: Callable[[Path], object]) -> None:
    """A pipe would have the process wait for ever."""
    assert find_commit(str(shop)) != ""
    damage(shop)
    assert find_commit(str(shop)) == ""


def test_the_search_upwards_ends(shop: Path) -> None:
    deep = shop.joinpath(*["d"] * 40)
    deep.mkdir(parents=True)
    assert find_commit(str(deep.parents[20])) != ""
    assert find_commit(str(deep)) == ""
