"""`python -m tests.harmless`: what applications notice of heapdiff, with and without it; 1 where a promise is missed."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.harmless.effect import Effect, Extent, Row
from tests.harmless.executing import programs_killed
from tests.harmless.forking import forks_timed, forks_warned_of
from tests.harmless.interrupting import calls_interrupted

EFFECTS: Final[dict[str, Effect]] = {
    "executing": programs_killed,
    "forking": forks_timed,
    "warnings": forks_warned_of,
    "interrupting": calls_interrupted,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.harmless", description=__doc__)
    parser.add_argument("effects", nargs="*", metavar="EFFECT", help=", ".join(EFFECTS))
    parser.add_argument("--executed", type=int, default=20_000, help="programs to execute (%(default)s)")
    parser.add_argument("--forks", type=int, default=200, help="forks to time, of each kind (%(default)s)")
    asked = parser.parse_args()
    missed = 0
    for name in asked.effects or EFFECTS:
        with tempfile.TemporaryDirectory(
            prefix="heapdiff-harmless-", ignore_cleanup_errors=True
        ) as directory:
            for row in EFFECTS[name](Path(directory), Extent(asked.executed, asked.forks)):
                print(line_of(row), flush=True)
                missed += row.kept is False
    return 1 if missed else 0


def line_of(row: Row) -> str:
    mark = {True: "kept", False: "MISSED", None: "-"}[row.kept]
    return (
        f"{mark:6}  {row.what}: without heapdiff {row.without}, with it {row.armed}; promised: {row.promise}"
    )


if __name__ == "__main__":
    sys.exit(main())
