"""From opened snapshots to the answer that a page shows."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from heapdiff.answers import Report

if TYPE_CHECKING:
    from heapdiff.snapshot import Snapshot


def make_report(opened: Sequence[Snapshot]) -> Report:
    """The answer about these snapshots of one process. Reads each one's references, where they are there."""
    from heapdiff import analysis
    from heapdiff.cli.loading import import_numpy, make_readers
    from heapdiff.cli.output import busy

    import_numpy()
    with busy("comparing and mapping" if len(opened) > 1 else "mapping") as progress:
        return analysis.build_report(
            make_readers(opened, progress),
            [each.summary for each in opened],
            [str(each.path) for each in opened],
        )


def write_command(snapshots: Iterable[Path], output: Path) -> str:
    """What the user typed, ready for a shell."""
    return shlex.join(["heapdiff", "report", *map(str, snapshots), "-o", str(output)])
