"""Answers of runs that ended, kept so that a LeakBench begun again goes on where the last one was ended."""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

import heapdiff
from tests.leakbench.case import Case

__all__ = ["Earlier", "Kept"]

T = TypeVar("T")

PACKAGE: Final = Path(heapdiff.__file__).parent
BENCH: Final = Path(__file__).parent
SUFFIXES: Final = (".py", ".c", ".h")


class Kept:
    """A directory with an answer a file, or none. What another state of the code answered is left alone."""

    def __init__(self, directory: Path | None = None, sources: Sequence[Path] = ()) -> None:
        self.directory = None if directory is None else directory / digest_of(sources)

    def once(self, case: Case, name: str, make: Callable[[], T]) -> T:
        """What was kept under that name for the same case, else what `make` returns, which is kept; errors aren't."""
        if self.directory is None:
            return make()
        file = self.directory / f"{case.name}@{name}"
        with suppress(FileNotFoundError):
            kept_case, value = pickle.loads(file.read_bytes())
            if kept_case == case:
                return value  # type: ignore[no-any-return]
        value = make()
        self.directory.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_name(f".{file.name}")
        unfinished.write_bytes(pickle.dumps((case, value)))
        os.replace(unfinished, file)
        return value


@dataclass(frozen=True, slots=True)
class Earlier:
    """Answers that need no run: our own of the same code, and the peers' of the same apps, as they don't use ours."""

    own: Kept = field(default_factory=Kept)
    peers: Kept = field(default_factory=Kept)

    @classmethod
    def below(cls, directory: Path | None, package: Path = PACKAGE, bench: Path = BENCH) -> Earlier:
        return cls(Kept(directory, (package, bench)), Kept(directory, (bench,)))


def digest_of(sources: Sequence[Path]) -> str:
    """Of all code below these directories, by its files' names and contents."""
    digest = hashlib.sha256()
    for source in sources:
        for file in sorted(path for path in source.rglob("*") if path.suffix in SUFFIXES):
            digest.update(f"{file.relative_to(source)} {file.stat().st_size}\n".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
