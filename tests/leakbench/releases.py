"""Exact releases of libraries, for the workers of cases about one of them: installed once, each set in a folder."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.leakbench.server import ROOT

__all__ = ["ReleaseError", "installed"]

FOLDER: Final = ROOT / "build" / "leakbench"
LOCK: Final = threading.Lock()


class ReleaseError(Exception):
    """A release could not be installed."""


def installed(releases: Sequence[str], folder: Path | None = None) -> Path:
    """The folder that has them and what they need, for PYTHONPATH; installs them if they aren't there yet."""
    said = "\n".join((str(sys.implementation.cache_tag), *sorted(releases)))
    name = hashlib.sha256(said.encode()).hexdigest()[:16]
    place = (folder or FOLDER) / name / "site-packages"  # else it's taken for the application's own code
    with LOCK:
        if not place.exists():
            install(releases, place)
    return place


def install(releases: Sequence[str], place: Path) -> None:
    """Into a folder beside it first, so that half an installation is never taken for a whole one."""
    around = place.parent.parent
    around.mkdir(parents=True, exist_ok=True)
    temporary = tempfile.mkdtemp(prefix=".installing-", dir=around)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
               "--target", temporary, *releases]  # fmt: skip
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        shutil.rmtree(temporary)
        raise ReleaseError(f"pip install {' '.join(releases)}: {(done.stderr.splitlines() or [''])[-1]}")
    place.parent.mkdir(exist_ok=True)
    os.rename(temporary, place)
