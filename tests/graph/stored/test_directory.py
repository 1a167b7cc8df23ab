"""The directory has to be this user's alone, and so has what leads to it; a file is mapped only on this machine's disks."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from heapdiff.graph.stored import mounts
from heapdiff.graph.stored.mounts import is_local, kind_of
from tests.graph.stored.cabinets import Asked

NEEDS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give directories to other users")
TABLE = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
23 22 0:21 / /proc rw - proc proc rw
24 22 0:40 / /home rw,relatime - nfs4 server:/home rw
25 24 0:41 / /home/me/.cache rw - tmpfs tmpfs rw
26 22 0:42 / /mnt/my\\040disk rw master:1 propagate_from:2 - fuse.sshfs host:/ rw
27 22 0:43 / /over rw - nfs server:/x rw
28 27 0:44 / /over rw - xfs /dev/vdb rw
"""


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    heap = tmp_path / "a.heap"
    heap.write_bytes(b"of a process")
    return Asked(tmp_path / "cache", heap)


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o777, 0o1777])
def test_a_directory_that_others_may_look_into_is_not_used(asked: Asked, mode: int) -> None:
    assert not asked.ask()
    assert asked.ask()
    asked.directory.chmod(mode)
    assert not asked.ask()


def test_a_link_to_one_is_not_used(asked: Asked, tmp_path: Path) -> None:
    assert not asked.ask()
    assert asked.ask()
    asked.directory.rename(tmp_path / "moved")
    asked.directory.symlink_to(tmp_path / "moved")
    assert not asked.ask()


def test_where_none_can_be_made_nothing_is_stored(asked: Asked, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    asked.directory = tmp_path / "file" / "cache"
    assert not asked.ask()
    assert not asked.ask()


@NEEDS_ROOT
def test_a_directory_of_another_user_is_not_used(asked: Asked) -> None:
    """As when root acts with the variables of somebody else."""
    assert not asked.ask()
    assert asked.ask()
    os.chown(asked.directory, 54321, -1)
    assert not asked.ask()


@NEEDS_ROOT
def test_one_that_another_user_could_replace_is_not_used(asked: Asked, tmp_path: Path) -> None:
    theirs = tmp_path / "home"
    theirs.mkdir()
    asked.directory = theirs / "cache"
    assert not asked.ask()
    assert asked.ask()
    os.chown(theirs, 54321, -1)
    assert not asked.ask()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "ext4"),
        ("/homeless/x", "ext4"),
        ("/home", "nfs4"),
        ("/home/me", "nfs4"),
        ("/home/me/.cache/heapdiff", "tmpfs"),
        ("/mnt/my disk/x", "fuse.sshfs"),
        ("/over/x", "xfs"),
    ],
)
def test_the_last_mount_on_the_way_to_a_path_says_its_kind(path: str, kind: str) -> None:
    assert kind_of(path, TABLE) == kind


def test_what_cannot_be_told_is_not_mapped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert kind_of("/x", "") == ""
    assert kind_of("/x", "broken\n\n - \n") == ""
    monkeypatch.setattr(mounts, "MOUNTS", str(tmp_path / "missing"))
    assert not is_local("/")
