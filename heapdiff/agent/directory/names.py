"""The names of the files that stand in a directory of snapshots, and who has one there. Opens none of them."""

import os
import re
import time
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from heapdiff.agent.system.identity import Identity, parse_identity

MAX_HOST: Final = 64
MAX_ENTRIES: Final = 100_000  # whoever puts more there keeps nobody busy
MAX_REGISTERED: Final = 10_000
RECORD: Final = ".agent-{}.json"  # of an identity; earlier versions: of a number
SOCKET: Final = ".agent-{}.sock"
REGISTERED: Final = r"\.agent-([0-9a-f-]{1,60})\.json"
PARTIAL: Final = r"\.(.+)\.(?:json|heap)\.partial"
NAME: Final = r"[A-Za-z0-9.-]{1,64}-[0-9]{1,10}-[0-9]{4,10}-[0-9]{8}T[0-9]{6}Z"


class SnapshotName(NamedTuple):
    """`HOST-PID-SEQUENCE-UTCTIME`, taken apart. A host may contain dashes."""

    host: str
    pid: int
    sequence: int
    time: str

    def __str__(self) -> str:
        return f"{self.host}-{self.pid}-{self.sequence:04d}-{self.time}"


def default_directory() -> Path:
    """`heapdiff-UID` in the system's temporary directory, whether that can be written to or not."""
    import tempfile  # and with it random, hashlib and compression, which most hosts do without

    try:
        place = tempfile.gettempdir()
    except FileNotFoundError:  # none can: whoever wants to write is told so of this one
        place = os.environ.get("TMPDIR") or "/tmp"
    return Path(place) / f"heapdiff-{os.geteuid()}"


def sanitize_host(host: str) -> str:
    """A host's name reduced to what a file's name may hold."""
    return re.sub(r"[^A-Za-z0-9.-]", "-", host)[:MAX_HOST].strip("-.") or "localhost"


def name_snapshot(host: str, pid: int, sequence: int, at_s: float) -> SnapshotName:
    return SnapshotName(
        sanitize_host(host), pid, sequence, time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at_s))
    )


def parse_name(stem: str) -> SnapshotName | None:
    """The parts of a snapshot's name, or None when it is none: nothing else is ever opened for a client."""
    if not re.fullmatch(NAME, stem) or not stem.isascii():
        return None
    host, pid, sequence, at = stem.rsplit("-", 3)
    return SnapshotName(host, int(pid), int(sequence), at)


def list_entries(directory: Path) -> list[str]:
    """The names in a directory, as many as anybody is kept busy with; none where it can't be read."""
    try:
        with os.scandir(directory) as entries:
            return [entry.name for entry in islice(entries, MAX_ENTRIES)]
    except OSError:
        return []


def find_snapshots(directory: Path, pid: int | None = None) -> list[SnapshotName]:
    """Complete snapshots, oldest first; with `pid` those only whose name has that number."""
    part = ".json" if pid is None else f"-{pid}-"
    entries = (entry for entry in list_entries(directory) if part in entry and entry.endswith(".json"))
    names = (parse_name(entry.removesuffix(".json")) for entry in entries)
    return sorted(
        (name for name in names if name is not None and pid in (None, name.pid)),
        key=lambda name: (name.time, name.sequence, name.pid, name.host),
    )


def find_registered(directory: Path) -> list[Identity]:
    """The processes that left a record of their agent, whether they still run or not."""
    matches = (re.fullmatch(REGISTERED, name) for name in list_entries(directory))
    texts = sorted(islice((match[1] for match in matches if match), MAX_REGISTERED))
    identities = ((text, parse_identity(text)) for text in texts)
    return [identity for text, identity in identities if identity is not None and str(identity) == text]


def partial_path(path: Path) -> Path:
    """Where a file of a snapshot is written until it is complete; `PARTIAL` finds those again."""
    return path.with_name(f".{path.name}.partial")
