"""Sets up what a suite needs below a work directory: an environment with the agent's wheel, and the sources of tests."""

from __future__ import annotations

import functools
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.suites.catalogue import Suite

__all__ = ["Place", "prepare"]

ROOT: Final = Path(__file__).resolve().parents[2]
PIP: Final = ("-m", "pip", "--disable-pip-version-check", "-q")
NOT_COPIED: Final = shutil.ignore_patterns(".*", "build", "*.egg-info", "*.so", "__pycache__")
COMPLETE: Final = "heapdiff-complete"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a suite's interpreter is, and its sources if it has any; `version` is what was tried."""

    python: Path
    source: Path | None
    version: str


def prepare(suite: Suite, python: Path, work: Path, tried: Path | None = None) -> Place:
    """Make or find the suite's environment; `tried`: the wheel, else this checkout's. Raises CalledProcessError."""
    folder = work / suite.name.lower()
    own = folder / "venv/bin/python"
    if not (folder / COMPLETE).exists():
        shutil.rmtree(folder, ignore_errors=True)
        call(python, "-m", "venv", str(folder / "venv"))
        call(own, *PIP, "install", *suite.requires, *(["setuptools"] if suite.of_python else []))
        if suite.source:
            unpack(suite.source, own, folder)
        (folder / COMPLETE).touch()
    call(own, *PIP, "install", "--no-deps", "--force-reinstall", str(tried or wheel(python, work)))
    sources = [path for path in (folder / "source").glob("*") if path.is_dir()]
    return Place(own, sources[0] if sources else None, version_of(suite, own))


def call(*command: str | Path) -> str:
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout


def unpack(requirement: str, python: Path, folder: Path) -> None:
    """The sdist of the release that is installed."""
    release = f"{requirement}=={version(python, requirement)}"
    exact = ("--no-deps", "--no-binary", requirement)
    call(python, *PIP, "download", *exact, "-d", str(folder), release)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as content:
        content.extractall(folder / "source", filter="data")


def version(python: Path, package: str) -> str:
    return call(python, "-c", f"import importlib.metadata as m; print(m.version({package!r}))").strip()


def version_of(suite: Suite, python: Path) -> str:
    if suite.of_python:
        return call(python, "-c", "import platform; print(platform.python_version())").strip()
    return version(python, suite.requires[0])


@functools.cache
def wheel(python: Path, work: Path) -> Path:
    """This checkout's wheel with the native engine, built once in a run, outside the checkout."""
    tag = call(python, "-c", "import sys; print(sys.implementation.cache_tag)").strip()
    built = work / f"wheel-{tag}"
    shutil.rmtree(built, ignore_errors=True)
    shutil.copytree(ROOT, built / "source", ignore=NOT_COPIED)
    required = ("env", "HEAPDIFF_REQUIRE_NATIVE=1", python)
    call(*required, *PIP, "wheel", "--no-deps", "-w", str(built), str(built / "source"))
    (found,) = built.glob("*.whl")
    return found
