"""A directory that another local user could replace is refused, whoever owns what on the way to it; usual places are not.

Both twins look at the same real directories, as a user who is not root.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import heapdiff.agent
from heapdiff.agent.directory.access import foresee_refusal, prepare_directory
from heapdiff.agent.directory.parents import find_weak_parent
from tests.agent.setups import NEEDS_NATIVE
from tests.agent.target import NATIVE, Target

NEEDS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give directories to other users")
OURS, THEIRS, GROUP = 54321, 54322, 54323
SNAPSHOTS = "snapshots"
BELONGS = f"belongs to user {THEIRS}"
EVERYONE, OF_GROUP = (
    "is writable by everyone; run chmod +t on it",
    f"is writable by group {GROUP}; run chmod +t on it",
)


@dataclass(frozen=True)
class Layout:
    """Directories as `path owner:group mode`, links as `path owner -> target`; then where the snapshots go, below `parent`.

    `weak` is the one that lets others in, and `why`; empty: none does, and snapshots are taken.
    """

    name: str
    parts: tuple[str, ...]
    parent: str
    weak: str = ""
    why: str = ""

    def make(self, base: Path) -> None:
        for part in self.parts:
            path, owner, *rest = part.split()
            if rest[0] == "->":
                (base / path).symlink_to(rest[1])
                os.chown(base / path, int(owner), int(owner), follow_symlinks=False)
            else:
                user, group = owner.split(":")
                (base / path).mkdir()
                os.chown(base / path, int(user), int(group))
                (base / path).chmod(int(rest[0], 8))


FITTING = [
    Layout("a temporary directory", ("tmp 0:0 1777",), "tmp"),
    Layout("a service's own", ("lib 0:0 755", f"lib/shop {OURS}:{OURS} 755"), "lib/shop"),
    Layout("missing parents", (f"home {OURS}:{OURS} 750",), "home/a/b"),
    Layout("a private group's", (f"home {OURS}:{OURS} 2775",), "home"),
    Layout("root's group's", ("app 0:0 775", f"app/shop {OURS}:{OURS} 755"), "app/shop"),
    Layout("a volume of the user's own group", (f"volume 0:{OURS} 2775",), "volume/heaps"),
    Layout("a link of root's", ("run 0:0 1777", "var 0:0 755", "var/run 0 -> ../run"), "var/run"),
    Layout("his own link to his own", ("tmp 0:0 1777", f"tmp/link {OURS} -> ./home", f"tmp/home {OURS}:{OURS} 700"), "tmp/link"),
]  # fmt: skip
REPLACEABLE = [
    Layout("a sticky one of theirs", (f"app {THEIRS}:{THEIRS} 1777",), "app", "app", BELONGS),
    Layout("theirs", (f"app {THEIRS}:{THEIRS} 755", f"app/ours {OURS}:{OURS} 755"), "app/ours", "app", BELONGS),
    Layout("a group's", (f"app {OURS}:{GROUP} 775",), "app", "app", OF_GROUP),
    Layout("a volume of a group", (f"volume 0:{GROUP} 2775",), "volume", "volume", OF_GROUP),
    Layout("a volume of everyone's", ("volume 0:0 777",), "volume", "volume", EVERYONE),
    Layout("far above", ("g 0:0 777", f"g/p {OURS}:{OURS} 755"), "g/p", "g", EVERYONE),
    Layout("missing below", ("g 0:0 777",), "g/p/q", "g", EVERYONE),
    Layout("a link of theirs", ("tmp 0:0 1777", f"ours {OURS}:{OURS} 700", f"tmp/link {THEIRS} -> ../ours"), "tmp/link", "tmp/link", BELONGS),
    Layout("a link over theirs", (f"app {THEIRS}:{THEIRS} 755", "app/link 0 -> ../ours", f"ours {OURS}:{OURS} 700", f"home {OURS}:{OURS} 700", f"home/way {OURS} -> ../app/link"), "home/way", "app", BELONGS),
]  # fmt: skip


@pytest.fixture
def base() -> Iterator[Path]:
    """Reachable by everyone, which pytest's own directories are not."""
    path = Path(tempfile.mkdtemp(prefix="heapdiff-parents-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@contextlib.contextmanager
def acting_as(user: int) -> Iterator[None]:
    groups = os.getgroups()
    os.setgroups([user])
    os.setegid(user)
    os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


def grant(user: int, directory: Path) -> None:
    """By an access list. With musl CPython can't write one itself."""
    entries = ((1, 7, 2**32 - 1), (2, 7, user), (4, 5, 2**32 - 1), (16, 7, 2**32 - 1), (32, 5, 2**32 - 1))
    packed = b"\2\0\0\0" + b"".join(
        tag.to_bytes(2, "little") + rights.to_bytes(2, "little") + who.to_bytes(4, "little")
        for tag, rights, who in entries
    )
    given = ctypes.CDLL(None).setxattr(bytes(directory), b"system.posix_acl_access", packed, len(packed), 0)
    assert given == 0


@NEEDS_ROOT
@pytest.mark.parametrize("layout", [*FITTING, *REPLACEABLE], ids=lambda layout: layout.name)
def test_only_a_directory_that_nobody_else_can_replace_is_used(layout: Layout, base: Path) -> None:
    layout.make(base)
    directory = base / layout.parent / SNAPSHOTS
    with acting_as(OURS):
        foreseen = foresee_refusal(directory)
        refusal = prepare_directory(directory)
        made = directory.is_dir()
    if layout.weak:
        expected = f"{directory} can be replaced by other users: {base / layout.weak} {layout.why}"
        assert (foreseen, refusal, made) == (expected, expected, False)
    else:
        assert (foreseen, refusal, made) == (None, None, True)


@NEEDS_ROOT
@NEEDS_NATIVE
def test_the_native_engine_looks_at_the_same(base: Path) -> None:
    """Also where the directory stands already, as it does when its parents change after the start."""
    answers = {}
    code = NATIVE + f"import os\nos.setgroups([])\nos.setresgid(*[{OURS}] * 3)\nos.setresuid(*[{OURS}] * 3)\n"
    with Target(code) as target:
        for number, layout in enumerate([*FITTING, *REPLACEABLE]):
            place = base / str(number)
            place.mkdir()
            layout.make(place)
            directory = place / layout.parent / SNAPSHOTS
            for path in (*reversed(directory.parents), directory):
                if not path.exists():
                    path.mkdir(0o700)
                    os.chown(path, OURS, OURS)
            told = target.evaluate(
                f"(_native.listen({str(directory)!r}, '.agent-1.sock'), snapshot())",
                f"configure({str(directory)!r})",
            )
            answers[layout.name] = (told[0] or "", told[1]["state"], told[1]["error"])
    assert {name for name, (_, state, _) in answers.items() if state == "done"} == {
        each.name for each in FITTING
    }
    for number, layout in enumerate(REPLACEABLE, len(FITTING)):
        why = f"other users can replace it: {base / str(number) / layout.weak} {layout.why}"
        directory = base / str(number) / layout.parent / SNAPSHOTS
        assert answers[layout.name] == (why, "failed", f"cannot use the directory {directory}: {why}")


@NEEDS_ROOT
def test_an_access_list_for_others_makes_a_private_group_everyones(base: Path) -> None:
    """A user's entry is held below the group's bits: without those of a group it grants nothing."""
    app = base / "app"
    app.mkdir()
    app.chmod(0o775)
    assert find_weak_parent(app / SNAPSHOTS) is None
    grant(THEIRS, app)
    assert find_weak_parent(app / SNAPSHOTS) == f"{app} is writable by group 0; run chmod +t on it"
    app.chmod(0o755)
    assert find_weak_parent(app / SNAPSHOTS) is None


@NEEDS_ROOT
@NEEDS_NATIVE
def test_where_the_interpreter_cannot_look_for_access_lists_the_native_module_does(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without either, a group's directory isn't known to be one's own."""
    app = base / "app"
    app.mkdir()
    app.chmod(0o775)
    weak = f"{app} is writable by group 0; run chmod +t on it"
    monkeypatch.delattr(os, "listxattr", raising=False)
    assert find_weak_parent(app / SNAPSHOTS) is None
    grant(THEIRS, app)
    assert find_weak_parent(app / SNAPSHOTS) == weak
    app.chmod(0o755)
    assert find_weak_parent(app / SNAPSHOTS) is None

    ours = base / "ours"
    ours.mkdir()
    ours.chmod(0o775)
    monkeypatch.setitem(sys.modules, "heapdiff.agent._native", None)
    monkeypatch.delattr(heapdiff.agent, "_native")
    assert find_weak_parent(ours / SNAPSHOTS) == weak.replace(str(app), str(ours))


def test_links_in_a_circle_are_a_reason(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert "too many symbolic links" in (prepare_directory(tmp_path / "a" / SNAPSHOTS) or "")


def test_parents_are_made_that_others_cannot_write_to_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        assert prepare_directory(tmp_path / "a" / "b" / "c") is None
    finally:
        os.umask(before)
    assert [(tmp_path / part).stat().st_mode & 0o777 for part in ("a", "a/b", "a/b/c")] == [
        0o755,
        0o755,
        0o700,
    ]
