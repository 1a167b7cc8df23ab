"""`python -m tests.export.oracles.memlab NODE_MODULES SNAPSHOT...`: memlab reads what is exported and computes the same.

Each snapshot is exported; memlab's parser computes every object's nearest dominator and retained size, which must be ours; then
its command line must run. NODE_MODULES is where `npm install` put the packages of `package.json` here.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import numpy as np

from tests.export.oracles.exported import Exported

SCRIPT: Final = Path(__file__).with_name("dominators.js")
TIMEOUT_S: Final = 600
NONE: Final = 2**32 - 1


def main(arguments: list[str]) -> int:
    packages, *snapshots = map(Path, arguments)
    with tempfile.TemporaryDirectory() as folder:
        for number, snapshot in enumerate(snapshots):
            exported = Exported.make(snapshot, Path(folder), f"{number}")
            compare(exported, packages.resolve())
            run_its_command_line(exported, packages.resolve())
    return 0


def compare(exported: Exported, packages: Path) -> None:
    """Raises AssertionError where an object differs."""
    out = exported.file.with_suffix("")
    run_node(packages, SCRIPT, exported.file, out)
    idom, retained = np.fromfile(f"{out}.idom", np.uint32), np.fromfile(f"{out}.retained", np.uint64)
    n, ours, alive = len(exported.graph), exported.dominance, exported.alive
    before = len(idom) - n
    ours_idom = np.where(ours.idom == n, -1, ours.idom.astype(np.int64))
    theirs = np.where(idom[before:] < before, -1, idom[before:].astype(np.int64) - before)
    assert before > 1
    assert idom[before:][alive].max() < NONE
    equal = (theirs == ours_idom)[alive], (retained[before:] == ours.retained[:].astype(np.uint64))[alive]
    inner = int((ours_idom[alive] >= 0).sum())
    total, garbage = int(exported.graph.sizes[:].sum()), int(exported.graph.sizes[~alive].sum())
    print(
        f"{int(alive.sum()):,} objects, {int((~alive).sum()):,} of garbage: dominators equal for {int(equal[0].sum()):,} "
        f"({inner:,} of them objects), retained sizes for {int(equal[1].sum()):,}; "
        f"memlab's total {int(retained[0]):,} = {total - garbage:,} + {garbage:,} of garbage"
    )
    assert equal[0].all()
    assert equal[1].all()
    assert int(retained[0]) in (total, total - garbage)


def run_its_command_line(exported: Exported, packages: Path) -> None:
    """With standard input closed: left open, it waits for more."""
    told = run_node(
        packages, packages / "memlab" / "bin" / "memlab", "analyze", "object-size", "--snapshot", exported.file,
        "--work-dir", exported.file.with_suffix(".work"),
    )  # fmt: skip
    lines = [line for line in told.splitlines() if " dict: " in line]
    assert any("__globals__" in line or "__dict__" in line for line in lines), told
    print(f"memlab analyze object-size: {lines[0].strip()}")


def run_node(packages: Path, *arguments: str | Path) -> str:
    done = subprocess.run(
        ["node", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
        env={**os.environ, "NODE_PATH": str(packages)},
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
