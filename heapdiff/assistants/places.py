"""Which files an assistant may have read: snapshots that lie directly in the directories given at the start, and no links."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from heapdiff.agent.directory.names import default_directory
from heapdiff.errors import SnapshotError, UsageError
from heapdiff.escaping import escape_terminal

MOST_CHARACTERS: Final = 1000
NAMES: Final = "The tool list names the snapshots that there are."


@dataclass(frozen=True, slots=True)
class Places:
    """Directories, by their real paths. One that isn't there yet may come."""

    directories: tuple[Path, ...]

    def find(self, name: str) -> Path:
        """The snapshot of that name, or at that path. Raises SnapshotError where it isn't in one of the directories."""
        require_text(name, "the name of a snapshot")
        for path in self._candidates(name):
            if Path(os.path.realpath(path.parent)) in self.directories and is_regular(path):
                return path
        raise SnapshotError(f"{escape_terminal(name)}: no snapshot of that name is in {self}", NAMES)

    def _candidates(self, name: str) -> Iterator[Path]:
        if os.path.isabs(name):
            yield Path(name)
        else:
            yield from (directory / name for directory in self.directories)

    def name_of(self, path: Path) -> str:
        """How the assistant is told of a snapshot: its name, or its path where there is more than one directory."""
        return path.name if len(self.directories) == 1 else str(path)

    def __str__(self) -> str:
        return escape_terminal(", ".join(map(str, self.directories)))


def places_of(directories: Sequence[Path]) -> Places:
    """Those directories; without any, the one where this user's processes keep theirs. Raises UsageError for what is none."""
    for directory in directories:
        if not directory.is_dir():
            raise UsageError(f"{directory}: is not a directory", "Name directories with snapshots.")
    told = os.environ.get("HEAPDIFF_DIR")
    own = Path(told).expanduser() if told else default_directory()
    return Places(tuple(dict.fromkeys(Path(os.path.realpath(each)) for each in directories or (own,))))


def is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except (OSError, ValueError):
        return False


def require_text(text: str, what: str, most: int = MOST_CHARACTERS) -> str:
    """The text, if it can be an argument of a program. Raises UsageError."""
    if not text or len(text) > most:
        raise UsageError(f"{what}: expected 1 to {most:,} characters", "")
    if not text.isprintable():
        raise UsageError(f"{what}: {escape_terminal(text)} has characters that can't be shown", "")
    return text
