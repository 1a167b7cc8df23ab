"""A disk that is really full: `python -m tests.fleet.full_disk` mounts small ones, so it needs root.

An ingestion says so in a line with the file and what it needs; with room, the next one makes the lake whole.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from heapdiff.fleet.ingest import ingesting
from heapdiff.fleet.ingest.ingesting import ingest
from tests.fleet.rows import count_rows, is_whole, write_fleet

PAGE = os.sysconf("SC_PAGE_SIZE")
WORKERS, SNAPSHOTS = 3, 4


def main() -> int:
    ingesting.MOST_SOURCES = 5  # type: ignore[misc]
    with tempfile.TemporaryDirectory() as place:
        heaps, disk = Path(place, "heaps"), Path(place, "disk")
        write_fleet(heaps, WORKERS, SNAPSHOTS)
        disk.mkdir()
        for pages in range(1, 200):
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={pages * PAGE}", "none", disk], check=True)
            try:
                fitted = fill(heaps, disk, pages)
            finally:
                subprocess.run(["umount", disk], check=True)
            if fitted:
                print(f"full at each of {pages - 1} sizes, whole after each; {pages * PAGE:,} bytes suffice")
                return 0
    print("never enough")
    return 1


def fill(heaps: Path, disk: Path, pages: int) -> bool:
    """Whether the lake fitted; if not, it does once the disk is larger."""
    lake = disk / "lake"
    failed = failure_of(heaps, lake)
    if failed is None:
        assert is_whole(count_rows(lake), WORKERS, SNAPSHOTS)
        return True
    assert str(failed.filename).startswith(str(lake)), failed
    assert "No space left" in str(failed), failed
    subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
    ingest([str(heaps)], str(lake))
    assert is_whole(count_rows(lake), WORKERS, SNAPSHOTS), pages
    return False


def failure_of(heaps: Path, lake: Path) -> OSError | None:
    try:
        ingest([str(heaps)], str(lake))
    except OSError as error:
        return error
    return None


if __name__ == "__main__":
    sys.exit(main())
