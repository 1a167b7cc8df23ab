"""Lakes of tests lie in memory."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

MEMORY = "/dev/shm"


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Where the system has such a place: each commit syncs some files, for which a busy disk takes its time."""
    there = os.path.isdir(MEMORY) and os.access(MEMORY, os.W_OK)
    with tempfile.TemporaryDirectory(dir=MEMORY if there else None) as place:
        yield Path(os.path.realpath(place))
