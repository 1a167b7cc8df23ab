"""A directory that processes of several users share."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def outside() -> Iterator[Path]:
    """A directory for everybody, as `/tmp` is."""
    place = Path(tempfile.mkdtemp(dir=tempfile.gettempdir()))
    place.chmod(0o1777)
    yield place
    shutil.rmtree(place, ignore_errors=True)
