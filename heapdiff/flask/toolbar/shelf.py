"""Where the panel's snapshots lie for a moment: a private directory of this process, limited, and deleted with it.

    TEMPORARY/heapdiff-toolbar-UID/IDENTITY/TOKEN.visit            what is known of one request
                                           /TOKEN-before.json      the snapshots of it, with their `.heap`
                                           /TOKEN-after.json

Any worker of the same user finds a visit by its token, so that it doesn't matter which one answers for the panel.
"""

import atexit
import contextlib
import json
import os
import re
import secrets
import shutil
import tempfile
import time
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final, get_origin

from heapdiff.agent.directory.access import prepare_directory, refuse_directory
from heapdiff.agent.directory.names import list_entries
from heapdiff.agent.directory.private_files import encode, read_private, write_private
from heapdiff.agent.system.identity import Identity, own_identity, parse_identity, see_process
from heapdiff.errors import CaptureError

TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{22}")
TOKEN_BYTES: Final = 16
VISIT: Final = ".visit"
MOST_VISITS: Final = 4
MOST_BYTES: Final = 500_000_000
MOST_VISIT_BYTES: Final = 400_000  # a hundred threads' names, each character of which takes up to twelve
OLD_S: Final = 86_400.0

_own: tuple[int, Path] | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """One request that the panel looked at. `before`, `after`, `last` and `first` are stems of snapshots, empty if there is none.

    `threads` served requests when the last of them was taken; `new_threads`: since which of them another thread runs.

    `last` was taken after the request that the panel looked at before this one, `first` after the first. `others` is how many
    other requests ran at the same time; `warm_up`: it is the first that the panel saw of its endpoint. `problem` is why there is
    no snapshot, `unsampled` why there are no lines. `closed`: the response was sent, and nothing will change any more.
    """

    token: str
    request: str
    endpoint: str
    thread: str
    before: str = ""
    after: str = ""
    last: str = ""
    first: str = ""
    threads: list[str] = field(default_factory=list)
    new_threads: list[str] = field(default_factory=list)
    others: int = 0
    warm_up: bool = False
    problem: str = ""
    unsampled: str = ""
    closed: bool = False


def make_token() -> str:
    """A name for a visit that nobody can guess."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def base_directory() -> Path:
    return Path(tempfile.gettempdir()) / f"heapdiff-toolbar-{os.geteuid()}"


def own_directory() -> Path:
    """This process's directory; made with its first request. Raises CaptureError if it can't be trusted."""
    global _own
    if _own is not None and _own[0] == os.getpid() and _own[1].is_dir():
        return _own[1]
    base, identity = base_directory(), own_identity()
    directory = base / str(identity)
    for path in (base, directory):
        if refusal := prepare_directory(path):
            raise CaptureError(refusal, "Fix that, or set TMPDIR to another directory.")
    if _own is None or _own[0] != os.getpid():
        atexit.register(_remove, os.getpid(), directory)
    _own = os.getpid(), directory
    _sweep(base, identity)
    return directory


def write_visit(visit: Visit) -> None:
    """Keep what is known of a visit. Raises OSError."""
    write_private(own_directory() / f"{visit.token}{VISIT}", encode(asdict(visit)))


def find_visit(token: str) -> tuple[Path, Visit] | None:
    """The directory and the visit that has this token, of whichever worker; nothing else is opened for a client."""
    base = base_directory()
    if not TOKEN.fullmatch(token) or refuse_directory(base):
        return None
    for name in list_entries(base):
        if parse_identity(name) is not None:
            content = read_private(base / name / f"{token}{VISIT}", MOST_VISIT_BYTES)
            visit = None if content is None else _parse(content)
            if visit is not None and visit.token == token:
                return base / name, visit
    return None


def _parse(content: bytes) -> Visit | None:
    """What another version wrote may be something else."""
    try:
        found: dict[str, Any] = json.loads(content)
        visit = Visit(**found)
    except (ValueError, TypeError):
        return None
    right = all(
        type(getattr(visit, each.name)) is (get_origin(each.type) or each.type) for each in fields(Visit)
    )
    right = right and all(isinstance(thread, str) for thread in (*visit.threads, *visit.new_threads))
    stems = (visit.before, visit.after, visit.last, visit.first)
    return (
        visit
        if right and all(not stem or TOKEN.fullmatch(stem.rpartition("-")[0]) for stem in stems)
        else None
    )


def tidy(directory: Path, first: str, last: str) -> None:
    """Delete all but the latest visits, and all snapshots that none of those needs. Never raises."""
    kept = {first, last}
    with contextlib.suppress(OSError):
        paths = [directory / name for name in list_entries(directory) if name.endswith(VISIT)]
        visits = sorted(paths, key=lambda path: path.stat().st_mtime_ns, reverse=True)
        left = MOST_BYTES
        for number, path in enumerate(visits):
            content = read_private(path, MOST_VISIT_BYTES)
            visit = None if content is None else _parse(content)
            stems = set() if visit is None else {visit.before, visit.after, visit.last} - {""}
            left -= sum(_weigh(directory, stem) for stem in stems - kept)
            if visit is None or number >= MOST_VISITS or (number and left < 0):
                path.unlink(missing_ok=True)
            else:
                kept |= stems | {path.stem}
    for name in list_entries(directory):
        stem = name.rpartition(".")[0]
        if (
            not name.startswith(".")
            and not name.endswith(".partial")
            and stem not in kept
            and stem.rpartition("-")[0] not in kept
        ):
            with contextlib.suppress(OSError):
                os.unlink(directory / name)


def shorten(visit: Visit) -> Visit:
    """What comes from outside, cut so that the file stays small."""
    return replace(
        visit, request=visit.request[:300], endpoint=visit.endpoint[:300], thread=visit.thread[:300]
    )


def _weigh(directory: Path, stem: str) -> int:
    with contextlib.suppress(OSError):
        return (directory / f"{stem}.heap").stat().st_size
    return 0


def _remove(pid: int, directory: Path) -> None:
    if os.getpid() == pid:
        shutil.rmtree(directory, ignore_errors=True)


def _sweep(base: Path, own: Identity) -> None:
    """Delete what processes left that were killed; of those that can't be seen from here, what is old."""
    for name in list_entries(base):
        identity = parse_identity(name)
        if identity is None or identity == own:
            continue
        if identity.place == own.place:
            seen = see_process(identity.pid)
            gone = seen is None or seen.identity != identity
        else:
            gone = _age_s(base / name) > OLD_S
        if gone:
            shutil.rmtree(base / name, ignore_errors=True)


def _age_s(path: Path) -> float:
    with contextlib.suppress(OSError):
        return time.time() - path.stat().st_mtime
    return 0.0
