"""Whether another checkout's answers are byte for byte these: `python -m tests.benchmarks.unchanged CHECKOUT DIR…`.

For every process whose snapshots are in a directory, or below it: what `compare`, `show`, `tree`, `why` and `advise` print with
`--format json`. `CHECKOUT` is a working tree of another commit, its extension built in place. Run it when only the way
to the answers was to change. Ends with 1 when an answer differs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parents[2]
MOST_HOLDERS: Final = 3

Command = tuple[str, ...]


def ask(checkout: Path, command: Command) -> bytes:
    """What one checkout's command prints, its exit code included."""
    done = subprocess.run(
        [sys.executable, "-m", "heapdiff", *command],
        cwd=checkout,
        env={**os.environ, "PYTHONHASHSEED": "0", "HEAPDIFF_CACHE": "off"},
        capture_output=True,
        check=False,
    )
    return done.stdout + done.stderr + str(done.returncode).encode()


def processes_of(directories: Sequence[Path]) -> Iterator[list[str]]:
    """The paths of each process's snapshots that have a graph, in the order in which they were taken."""
    found: dict[tuple[Path, str], list[str]] = {}
    for directory in directories:
        for path in sorted(directory.rglob("*.heap")):
            summary = path.with_suffix(".json")
            process = path.name.rpartition("-")[0].rpartition("-")[0]
            if summary.exists():
                found.setdefault((path.parent, process), []).append(str(summary.resolve()))
    yield from found.values()


def commands_for(paths: list[str]) -> Iterator[Command]:
    """`why` asks for the types and the holders that `compare` names: yielded last, once that is known."""
    last = paths[-1]
    yield "show", "--format", "json", last
    yield "show", "--by", "holder", "--retained", "--format", "json", last
    yield "show", "--by", "type", "--retained", "-n", "20", "--format", "json", last
    yield "tree", "--format", "json", last
    yield "advise", "--format", "json", last
    if len(paths) > 1:
        yield "compare", "--format", "json", *paths
        yield "compare", "--format", "json", paths[0], last
        yield "show", "--since", paths[0], "--format", "json", last
        for name in _named_by(paths):
            yield "why", "--format", "json", last, name


def _named_by(paths: list[str]) -> list[str]:
    answer = ask(HERE, ("compare", "--format", "json", paths[0], paths[-1]))
    try:
        told = json.JSONDecoder().raw_decode(answer.decode())[0]
    except ValueError:
        return ["dict"]  # refused, in both
    suspects = told.get("suspects", [])[:MOST_HOLDERS]
    holders = [each["holder"] for each in suspects]
    return [*dict.fromkeys([holder[key] for key in ("path", "type") for holder in holders] + ["dict"])]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.unchanged", description=__doc__)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("directories", type=Path, nargs="+", metavar="DIR")
    parser.add_argument("--only", nargs="+", metavar="COMMAND", help="only these commands")
    options = parser.parse_args()
    differing = asked = 0
    for paths in processes_of(options.directories):
        for command in dict.fromkeys(commands_for(paths)):
            if options.only and command[0] not in options.only:
                continue
            theirs, ours = (ask(place, command) for place in (options.checkout.resolve(), HERE))
            asked += 1
            differing += theirs != ours
            words = [Path(word).stem if word in paths else word for word in command]
            print(
                "same " if theirs == ours else "OTHER",
                hashlib.sha256(ours).hexdigest()[:12],
                len(ours),
                *words,
            )
    print(f"{asked} answers, {differing} of them different")
    return 1 if differing or not asked else 0


if __name__ == "__main__":
    sys.exit(main())
