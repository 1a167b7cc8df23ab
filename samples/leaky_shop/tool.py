"""The `heapdiff` command of this environment, run as a user runs it."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = Path(sys.executable).with_name("heapdiff")
TIMEOUT_S = 60


class ToolError(Exception):
    """The command failed; the message is what it said."""


@dataclass(frozen=True)
class Suspect:
    """What the sample needs of a suspect in `compare --format json`."""

    path: str
    kind: str
    objects: int
    bytes: int
    confidence: str
    witness: str


def snapshot(pids: Sequence[int], label: str, directory: Path) -> dict[int, Path]:
    """Ask each worker for a snapshot; the paths of their summaries, seen from here."""
    printed = run("snapshot", *map(str, pids), "--label", label, directory=directory).split("\n")
    paths = [from_here(Path(line)) for line in printed if line]  # as they came, whoever was named first
    found = {int(json.loads(path.read_text())["process"]["pid"]): path for path in paths}
    return {pid: found[pid] for pid in pids}


def sample(pids: Sequence[int], every: str, directory: Path) -> str:
    """Have each worker remember which code allocated one block in so many bytes; the command that did it."""
    arguments = ("sample", *map(str, pids), "on", "--every", every)
    run(*arguments, directory=directory)
    return shown(*arguments)


def from_here(path: Path) -> Path:
    """Relative where the file lies below the current directory, as a user would type it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def compare(snapshots: Sequence[Path], json_file: Path) -> tuple[Suspect, ...]:
    """The suspects, most likely first; the complete answer goes to `json_file`."""
    run("compare", *map(str, snapshots), "--format", "json", "-o", str(json_file))
    found: dict[str, Any] = json.loads(json_file.read_text())
    return tuple(
        Suspect(
            each["holder"]["path"],
            each["holder"]["kind"],
            each["objects_delta"],
            each["bytes_delta"],
            each["confidence"],
            each["witness"],
        )
        for each in found["suspects"]
    )


def show(*arguments: str) -> None:
    """Run the command with its output going where ours goes."""
    subprocess.run([COMMAND, *arguments], check=True, timeout=TIMEOUT_S)


def draw(before: Path, after: Path, holder: str, picture: Path) -> None:
    run("graph", str(after), "--holder", holder, "--since", str(before), "-o", str(picture))


def run(*arguments: str, directory: Path | None = None) -> str:
    """Run the command; what it wrote to stdout."""
    environment = {**os.environ, "HEAPDIFF_DIR": str(directory.resolve())} if directory else None
    done = subprocess.run(
        [COMMAND, *arguments], capture_output=True, text=True, timeout=TIMEOUT_S, check=False, env=environment
    )
    if done.returncode:
        raise ToolError(f"{shown(*arguments)} ended with {done.returncode}:\n{done.stderr.strip()}")
    return done.stdout


def shown(*arguments: str) -> str:
    """The command as a user types it, from where the sample was started."""
    return shlex.join(["heapdiff", *arguments])
