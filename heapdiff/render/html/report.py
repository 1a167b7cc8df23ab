"""The report: what `analysis.build_report` answers as one self-contained page. Computes no finding, reads no snapshot."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from heapdiff.answers import GroupKind, OwnerMap, Picture, Report, VerdictKind, write_paths
from heapdiff.errors import MissingToolError
from heapdiff.render.code import tell_putters
from heapdiff.render.dot import render_dot
from heapdiff.render.drawing import draw
from heapdiff.render.html.embedding import MOST_TYPES, embed, name_snapshots
from heapdiff.render.html.page import data_uri, render_page

MOST_SUSPECTS: Final = 20
MOST_TOPS: Final = 20
MOST_PICTURE_BYTES: Final = 120_000  # of one drawing
INDEX: Final = re.compile(r"\[\d+\]")
LAST_STEP: Final = re.compile(r"(\.[^.\[\]]*|\[[^\[\]]*\])$")
TONES: Final[Mapping[VerdictKind, str]] = {
    VerdictKind.LEAK: "leak",
    VerdictKind.STABLE: "fine",
    VerdictKind.INCONCLUSIVE: "open",
}


def render_report(report: Report, command: str = "") -> str:
    """The page as HTML. `command` is how the reader makes it again, as typed in a shell.

    Pictures need Graphviz or graphviz-pure; without them the page says so in place of each.
    """
    suspects = report.comparison.suspects[:MOST_SUSPECTS] if report.comparison is not None else ()
    pictures, undrawn = _draw(report.pictures)
    data = embed(report)
    return render_page(
        "report.html",
        data,
        has_line=data["growth"] is not None,
        report=report,
        comparison=report.comparison,
        first=report.snapshots[0],
        last=report.snapshots[-1],
        summary=report.summaries[-1],
        compared=len(report.snapshots) > 1,
        tone=TONES.get(report.comparison.verdict.kind, "warn") if report.comparison else "open",
        suspects=suspects,
        pictures=pictures,
        undrawn=undrawn,
        groups=[_find_group(report.owners, each.holder.path) for each in suspects],
        tops=list(_tops(report.owners)),
        names=name_snapshots(report.summaries),
        command=command,
        most_types=MOST_TYPES,
        tell_putters=tell_putters,
    )


def _draw(pictures: tuple[Picture, ...]) -> tuple[list[str], str]:
    """A `data:` address for each that could be drawn, empty where not, and why not."""
    drawn, reason = [], ""
    for picture in pictures:
        try:
            svg = draw(render_dot(picture), "svg") if not reason else b""
        except MissingToolError as error:
            svg, reason = b"", f"{error.message}. {error.hint}"
        drawn.append(data_uri("image/svg+xml", svg) if 0 < len(svg) <= MOST_PICTURE_BYTES else "")
    return drawn, reason


def _find_group(owners: OwnerMap | None, path: str) -> int:
    """The group of a holder in the map, or of the nearest thing above it that has one; -1 without a map."""
    if owners is None:
        return -1
    known = {way: number for number, way in reversed(list(enumerate(write_paths(owners.groups)))) if way}
    at = INDEX.sub("[…]", path)
    while at and at not in known:
        shorter = LAST_STEP.sub("", at)
        at = shorter if shorter != at else ""
    return known.get(at, -1)


def _tops(owners: OwnerMap | None) -> Iterator[Any]:
    """The first rows of the map, for who has no script."""
    if owners is not None:
        tops = [group for group in owners.groups if group.parent < 0 and group.kind is not GroupKind.MORE]
        yield from tops[:MOST_TOPS]
