"""Every answer to stored snapshots, to lay beside those of another commit: `python -m tests.answers SNAPSHOTS OUT`.

Each folder below SNAPSHOTS that has `.json` files is one series of one process. Where code is moved and nothing may change,
`diff -r` of two such folders is silent; where an answer is meant to change, it shows which.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import multiprocessing
from collections.abc import Iterator
from pathlib import Path

from heapdiff.cli import main as heapdiff

__all__ = ["questions"]

FEWEST = 2


def questions(paths: list[str], whole: bool) -> Iterator[tuple[str, list[str]]]:
    """The name of each question, and the arguments that ask it of a series."""
    for count in range(FEWEST, len(paths) + 1):
        yield f"compare-{count}", ["compare", *paths[:count]]
    if not whole:
        return
    for by in ("type", "holder", "module", "package", "distribution"):
        yield f"show-{by}", ["show", paths[-1], "--by", by, "-n", "60"]
    yield "tree", ["tree", paths[-1], "-n", "60"]
    for number, holder in enumerate(suspects_of(paths)):
        yield f"why-{number}", ["why", paths[-1], holder]


def suspects_of(paths: list[str]) -> list[str]:
    """The holders that a comparison names first, for `why`."""
    found = json.loads(ask(["compare", *paths], "json"))
    return [suspect["holder"]["path"] for suspect in found.get("suspects", ())][:2]


def ask(arguments: list[str], form: str) -> str:
    """What the command prints on either stream; an error is an answer, too."""
    streams = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
        heapdiff([*arguments, "--format", form])
    return streams[0].getvalue() or json.dumps({"error": streams[1].getvalue()})


def answer(series: tuple[str, list[str], str, bool]) -> str:
    name, paths, out, whole = series
    for question, arguments in questions(paths, whole):
        text = json.dumps(json.loads(ask(arguments, "json")), indent=1, sort_keys=True)
        Path(out, f"{name}.{question}.json").write_text(text + "\n", encoding="utf-8")
    return name


def find_series(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Each folder with snapshots, and those in it in the order of their names."""
    for directory in sorted({path.parent for path in folder.rglob("*.json")}):
        paths = [str(path) for path in sorted(directory.glob("*.json")) if path.with_suffix(".heap").exists()]
        if len(paths) >= FEWEST:
            yield "-".join(directory.relative_to(folder).parts) or directory.name, paths


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.answers", description=__doc__)
    parser.add_argument("snapshots", type=Path, help="a folder of folders of snapshots")
    parser.add_argument("out", type=Path, help="a folder for the answers")
    parser.add_argument("--compare-only", action="store_true", help="leave out show, tree and why")
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="TEXT", help="series whose name contains one of these"
    )
    parser.add_argument("--jobs", type=int, default=2)
    said = parser.parse_args()
    said.out.mkdir(parents=True, exist_ok=True)
    series = [
        (name, paths, str(said.out), not said.compare_only)
        for name, paths in find_series(said.snapshots.resolve())
        if not said.only or any(text in name for text in said.only)
    ]
    with multiprocessing.get_context("spawn").Pool(said.jobs) as pool:
        for number, name in enumerate(pool.imap_unordered(answer, series), 1):
            print(f"[{number}/{len(series)}] {name}", flush=True)


if __name__ == "__main__":
    main()
