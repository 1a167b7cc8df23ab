"""A file that may not be read, or whose disk fails: the same error as for a damaged one, with what the system said."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from heapdiff.cli.loading import open_all
from heapdiff.errors import SnapshotError
from heapdiff.remote.rights import Owner, acting_as
from heapdiff.snapshot import list_snapshots, read_snapshot
from heapdiff.snapshot.dump import dump_heap
from heapdiff.snapshot.summary import read_summary
from tests.heapfiles import write_snapshot
from tests.heaps import heap

USER = 54321
# a regular file of the kernel's that can be opened, but not read as long as nobody has set it
UNSET = "/proc/sys/net/ipv6/conf/lo/stable_secret"
HINT = "Check the path and the permissions."


@pytest.fixture
def written() -> Iterator[Path]:
    """A whole snapshot where everybody may look; whoever looks has no right of root's."""
    with tempfile.TemporaryDirectory() as name:
        path = write_snapshot(heap("shop.A: dict -> [*]: shop.Session * 3"), Path(name), "a")
        path.parent.chmod(0o755)
        for each in (path, path.with_suffix(".heap")):
            each.chmod(0o644)
        with acting_as(Owner(USER, USER)):
            yield path


def forbid(path: Path) -> None:
    user = os.geteuid()
    if os.getresuid()[2] == 0:
        os.seteuid(0)
    path.chmod(0)
    os.seteuid(user)


def is_unset() -> bool:
    try:
        Path(UNSET).read_bytes()
    except OSError as error:
        return error.errno == errno.EIO
    return False


needs_unset = pytest.mark.skipif(
    not is_unset(), reason="this machine has no file at hand that fails to be read"
)
READERS: dict[str, Callable[[Path], object]] = {
    "by the .json": read_snapshot,
    "by the .heap": lambda path: read_snapshot(path.with_suffix(".heap")),
    "the summary": read_summary,
    "all in the directory": lambda path: open_all([path.parent]),
}


@pytest.mark.parametrize("how", READERS)
def test_a_summary_that_may_not_be_read_is_an_error_that_names_it(written: Path, how: str) -> None:
    assert read_snapshot(written).heap is not None
    forbid(written)
    with pytest.raises(SnapshotError) as caught:
        READERS[how](written)
    assert (caught.value.message, caught.value.hint) == (f"{written}: Permission denied", HINT)


def test_in_a_directory_it_is_listed_so_that_it_can_be_said(written: Path) -> None:
    forbid(written)
    assert list_snapshots(written.parent) == [written]


def test_a_graph_that_may_not_be_read_is_none_before_it_is_needed(written: Path) -> None:
    graph = written.with_suffix(".heap")
    forbid(graph)
    assert read_snapshot(written).heap == graph
    with pytest.raises(SnapshotError) as caught:
        list(dump_heap(graph))
    assert (caught.value.message, caught.value.hint) == (f"{graph}: Permission denied", HINT)


@pytest.mark.parametrize("name", ["a.json", "a.heap"])
@pytest.mark.parametrize(
    ("failing", "said"),
    [
        ("/proc/self/mem", "Invalid argument"),  # when its end is looked for
        pytest.param(UNSET, "Input/output error", marks=needs_unset),  # when it's read
    ],
)
def test_a_disk_that_fails_meanwhile_is_an_error_that_says_so(
    tmp_path: Path, name: str, failing: str, said: str
) -> None:
    (tmp_path / name).symlink_to(failing)
    with pytest.raises(SnapshotError) as caught:
        read_snapshot(tmp_path / name)
    assert (caught.value.message, caught.value.hint) == (f"{os.path.realpath(failing)}: {said}", HINT)
    (tmp_path / name).unlink()
