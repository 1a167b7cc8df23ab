"""Whether every path in the answers to stored snapshots leads back: `python -m tests.printed_paths SNAPSHOTS`.

Asks each command of each series, as `tests.answers` does, and looks up every path that the answers name: holders, what also
keeps or follows them, rows, chains. Prints those that the last snapshot refuses, or that miss the address beside them.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from heapdiff.analysis.holders.lookup import resolve_holder
from heapdiff.analysis.reach.routes import Routes, compute_routes
from heapdiff.cli.loading import open_snapshot, require_graph
from heapdiff.errors import UsageError
from tests.answers import ask, find_series, questions

__all__ = ["lost_paths"]

IN_SENTENCES = (
    re.compile(r"(?:also kept by|also keeps?|held by) (.+?): (?:cutting|clearing)"),
    re.compile(r"With it grow (.+?), whose"),
    re.compile(r"also kept by (.+?): whoever"),
)


def lost_paths(paths: list[str]) -> Iterator[str]:
    """Each path in the answers to a series that does not lead back."""
    routes = compute_routes(require_graph(open_snapshot(Path(paths[-1]))))
    known: dict[str, str] = {}
    for question, arguments in questions(paths, whole=True):
        if question.startswith("compare") and question != f"compare-{len(paths)}":
            continue
        if question in ("show-type", "show-module", "show-package"):
            continue
        for path, address in printed(json.loads(ask(arguments, "json")), question):
            known[path] = known.get(path) or address
    for path, address in known.items():
        if reason := why_lost(routes, path, address):
            yield f"{path}: {reason}"


def printed(answer: Any, question: str) -> Iterator[tuple[str, str]]:
    """Every path in an answer, and the address beside it or nothing."""
    if isinstance(answer, list):
        for each in answer:
            yield from printed(each, question)
    elif isinstance(answer, str):
        for sentence in IN_SENTENCES:
            for match in sentence.finditer(answer):
                yield from ((path, "") for path in match[1].split(", "))
    elif isinstance(answer, dict):
        address = str(answer.get("address") or "")
        if "path" in answer and "captured_at" not in answer:
            yield answer["path"], address
        elif question == "show-holder" and "name" in answer:
            yield answer["name"], ""
        for each in answer.values():
            yield from printed(each, question)


def why_lost(routes: Routes, path: str, address: str) -> str:
    try:
        found = set(resolve_holder(routes, path))
    except UsageError as error:
        return error.hint
    node = routes.graph.index_of(int(address, 16)) if address else next(iter(found))
    parent = int(routes.parent[node])
    hidden = routes.graph.type_name(node) == "cell" or path.endswith(".<lru_cache>")
    wrapped = {parent, int(routes.parent[parent]), *(int(edge.target) for edge in routes.graph.edges(node))}
    return "" if node in found or (hidden and found & wrapped) else f"leads elsewhere than to {address}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.printed_paths", description=__doc__)
    parser.add_argument("snapshots", type=Path, help="a folder of folders of snapshots")
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="TEXT", help="series whose name contains one of these"
    )
    said = parser.parse_args()
    lost = 0
    for name, paths in find_series(said.snapshots.resolve()):
        if not said.only or any(text in name for text in said.only):
            found = list(lost_paths(paths))
            lost += len(found)
            print(f"{name}: {len(found)} lost", *found, sep="\n    ", flush=True)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
