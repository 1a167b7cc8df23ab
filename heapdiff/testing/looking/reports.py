"""The files about one failure: the comparison as Markdown, a picture of who keeps what, and the snapshots if wanted."""

from __future__ import annotations

import hashlib
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from heapdiff.analysis import build_picture
from heapdiff.answers import Comparison, Holder, Picture
from heapdiff.errors import HeapdiffError, MissingToolError
from heapdiff.graph.heap import HeapGraph
from heapdiff.render.dot import render_dot
from heapdiff.render.drawing import draw
from heapdiff.render.markdown import block, code, render_markdown

MOST_NAME: Final = 100
HASHED: Final = 8
CALLS_ARE_REQUESTS: Final = "Below, a request is one call of what was tested."


@dataclass(frozen=True, slots=True)
class Report:
    """One failed test: the comparison with the suspects that count, the first of their holders by its
    path in the heap, and the first and the last snapshot's graph."""

    test: str
    comparison: Comparison
    holder: Holder
    graphs: tuple[HeapGraph, HeapGraph]
    snapshots: tuple[Path, ...] = ()


def name_files(test: str) -> str:
    """A file name for a test's ID: readable, safe, and another for each test."""
    readable = re.sub(r"[^A-Za-z0-9._-]+", "-", test).strip("-.")[-MOST_NAME:]
    return f"{readable}-{hashlib.sha256(test.encode('utf-8', 'replace')).hexdigest()[:HASHED]}"


def write_report(directory: Path, report: Report, told: str) -> str:
    """The path of the Markdown file, or why there is none: the test has failed anyhow, and says what grew."""
    stem = name_files(report.test)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        picture = _draw(directory / stem, report)
        copies = _copy(directory / stem, report.snapshots)
        path = directory / f"{stem}.md"
        path.write_text(_document(report, told, picture, copies), "utf-8")
    except OSError as error:
        return f"not written: {error.filename or directory}: {error.strerror or error}"
    return str(path)


def _draw(stem: Path, report: Report) -> str:
    """The name of the picture, or of its DOT text where nothing can draw; empty where there is nothing to draw."""
    first, last = report.graphs
    picture = _picture(report.holder, first, last)
    if picture is None:
        return ""
    dot = render_dot(picture)
    try:
        svg = stem.with_name(f"{stem.name}.svg")
        svg.write_bytes(draw(dot, "svg"))
        return svg.name
    except MissingToolError:
        text = stem.with_name(f"{stem.name}.dot")
        text.write_text(dot, "utf-8")
        return text.name


def _picture(holder: Holder, first: HeapGraph, last: HeapGraph) -> Picture | None:
    """What the holder keeps; the way to it where its path can't be followed back; nothing where there is none."""
    try:
        return build_picture(last, holder=holder.path, base=first)
    except HeapdiffError:
        pass
    try:
        return build_picture(last, address=holder.address, base=first)
    except HeapdiffError:
        return None


def _copy(folder: Path, snapshots: tuple[Path, ...]) -> str:
    if not snapshots:
        return ""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for path in snapshots:
        for each in (path, path.with_suffix(".heap")):
            shutil.copy(each, folder)
    return folder.name


def _document(report: Report, told: str, picture: str, copies: str) -> str:
    lines = [f"# {code(report.test, 300)}", "", *block(told.splitlines()), ""]
    if picture.endswith(".svg"):
        lines += [f"![who keeps what grew]({picture})", ""]
    elif picture:
        lines += [f"The picture, to draw with Graphviz: {code(picture)}", ""]
    if copies:
        lines += [f"The snapshots: {code(copies)}", ""]
    lines += [CALLS_ARE_REQUESTS, "", render_markdown(report.comparison)]
    return "\n".join(lines)
