"""A picture as DOT text. Draws what it is given: choosing, merging and folding happened before.

Every box, label and line of the heading is as wide as the widest font needs that a viewer may take for ours.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from math import ceil

from rich.cells import cell_len

from heapdiff.answers import NodeRole, Picture, PictureEdge, PictureNode
from heapdiff.render.escape import shorten
from heapdiff.render.metrics import widest

MAX_ACROSS = 6
MAX_TITLE = 48
MAX_LINE = 60
MAX_EDGE = 32
SITE_ROW, MAX_SITE_ROWS = 40, 4
TITLE_ROW, MAX_TITLE_ROWS = 56, 4
SENTENCE_ROW, MAX_SENTENCE_ROWS = 84, 6
BREAKS = re.compile(r"(?=\s)|(?<=[^\s\d])(?=\.[^\W\d]|\.<|\[)")  # between words, and the steps of a path
FONT = "Helvetica"
TITLE_POINTS, NODE_POINTS, LINE_POINTS, EDGE_POINTS = 15, 11, 9, 10
MARGIN = 0.14  # inches at each side of a box
LEGEND_SPACE = 4
RED = "#B3001B"
INK = "#1A1A1A"
FAINT = "#5F6B76"


@dataclass(frozen=True, slots=True)
class Look:
    """How a role is drawn. Lightness, border and shape tell roles apart without colour."""

    fill: str
    border: str
    text: str = INK
    shape: str = "box"
    style: str = "rounded,filled"
    pen: float = 1.2
    meaning: str = ""


LOOKS = {
    NodeRole.ROOT: Look("#37424D", "#37424D", "#FFFFFF", meaning="root"),
    NodeRole.MODULE: Look("#DDE3E8", "#7B8894", meaning="module"),
    NodeRole.GLOBAL: Look("#CFE4F5", "#0063A6", pen=2.0, meaning="global"),
    NodeRole.CACHE: Look("#FFE9B8", "#9A6A00", style="filled", pen=2.0, meaning="cache"),
    NodeRole.OBJECT: Look("#FFFFFF", "#7B8894", meaning="object"),
    NodeRole.TARGET: Look("#E3D3F2", "#6A3D9A", pen=2.4, meaning="chosen"),
    NodeRole.FOLD: Look(
        "#FFFFFF", "#7B8894", FAINT, style="rounded,filled,dashed", meaning="more of the same"
    ),
}


def render_dot(picture: Picture) -> str:
    """The picture as a directed graph. Deterministic; node names are our own numbers."""
    names = {node.id: f"n{number}" for number, node in enumerate(picture.nodes)}
    direction = _direction(picture)
    lines = ["digraph heapdiff {", *_defaults(direction), *_heading(picture)]
    lines += [_node(names[node.id], node) for node in picture.nodes]
    for edge in picture.edges:
        if edge.source in names and edge.target in names:
            lines.append(f"  {names[edge.source]} -> {names[edge.target]} [{_edge(edge, direction)}];")
    return "\n".join([*lines, "}"]) + "\n"


def _direction(picture: Picture) -> str:
    """Roots on top, or on the left where the ends side by side are wider than a page: that scrolls better."""
    ends = {node.id for node in picture.nodes} - {edge.source for edge in picture.edges}
    return "LR" if len(ends) > MAX_ACROSS else "TB"


def _defaults(direction: str) -> Iterator[str]:
    yield f'  graph [rankdir={direction}, bgcolor="white", pad=0.25, nodesep=0.35, ranksep=0.5,'
    yield f'    labelloc=t, labeljust=l, fontname="{FONT}", fontsize={NODE_POINTS}, fontcolor="{INK}"];'
    yield f'  node [fontname="{FONT}", fontsize={NODE_POINTS}, margin="{MARGIN},0.07"];'
    yield f'  edge [fontname="{FONT}", fontsize={EDGE_POINTS}, color="{FAINT}", fontcolor="{INK}",'
    yield "    arrowsize=0.7, penwidth=1.1];"


def _heading(picture: Picture) -> Iterator[str]:
    """Title, verdict, subtitle, notes and legend: the picture explains itself when pasted somewhere."""
    verdict = picture.verdict
    judged = f"{verdict.kind.value.upper()}: {verdict.text}" if verdict is not None else ""
    titles = _rows(picture.title, TITLE_ROW, MAX_TITLE_ROWS)
    sentences = [
        row
        for sentence in (judged, picture.subtitle, *picture.notes)
        for row in _rows(sentence, SENTENCE_ROW, MAX_SENTENCE_ROWS)
    ]
    points = [widest(row, TITLE_POINTS, bold=True) for row in titles]
    points += [widest(row, NODE_POINTS) for row in sentences]
    rows = [f'<FONT POINT-SIZE="{TITLE_POINTS}"><B>{_quoted(row)}</B></FONT>' for row in titles]
    rows += [f'<FONT COLOR="{FAINT}">{_quoted(row)}</FONT>' for row in sentences]
    rows.append(_legend(picture, max(points, default=0)))
    yield f"  label=<{_table(rows, max(points, default=0), padding=2)}>;"


def _table(rows: Iterable[str], points: float, padding: int = 0) -> str:
    """Rows of text that begin at one edge, with room for so many points: graphviz places the start of a text only."""
    cells = "".join(f'<TR><TD ALIGN="LEFT" WIDTH="{ceil(points)}">{row}</TD></TR>' for row in rows)
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="{padding}">{cells}</TABLE>'


def _rows(text: str, width: int, most: int) -> list[str]:
    """A sentence in rows that fit the page; what is too long for so many of them is shortened."""
    rows = [""]
    pieces = BREAKS.split(shorten(text, width * (most - 1)))
    for piece in (part for each in pieces for part in _cut(each, width)):
        if cell_len(rows[-1] + piece) > width:
            rows.append("")
        rows[-1] += piece if rows[-1] else piece.lstrip()
    return [row for row in rows[:most] if row]


def _cut(piece: str, width: int) -> Iterator[str]:
    for at in range(0, len(piece), width):
        yield piece[at : at + width]


def _legend(picture: Picture, points: float) -> str:
    """What the looks mean; the last cell takes what is left of the width, so that the others stay narrow."""
    cells = [
        (look.meaning, f'BGCOLOR="{look.fill}" COLOR="{look.border}" BORDER="1" STYLE="ROUNDED"', look.text)
        for role, look in LOOKS.items()
        if any(node.role is role for node in picture.nodes)
    ]
    if any(edge.growing for edge in picture.edges):
        cells.append(("growing", f'BGCOLOR="{RED}" BORDER="0"', "#FFFFFF"))
    row, left = "", points
    for meaning, look, ink in cells:
        width = ceil(widest(meaning, LINE_POINTS)) + 2 * LEGEND_SPACE
        font = f'<FONT COLOR="{ink}" POINT-SIZE="{LINE_POINTS}">{meaning}</FONT>'
        row += f'<TD ALIGN="LEFT" {look} WIDTH="{width}">{font}</TD>'
        left -= width + LEGEND_SPACE
    blank = f'<TD BORDER="0" WIDTH="{ceil(max(left, 1))}"></TD>'
    return f'<TABLE BORDER="0" CELLSPACING="{LEGEND_SPACE}" CELLPADDING="3"><TR>{row}{blank}</TR></TABLE>'


def _node(name: str, node: PictureNode) -> str:
    look = LOOKS[node.role]
    title, lines = shorten(node.title, MAX_TITLE), [shorten(line, MAX_LINE) for line in node.lines]
    rows = [f"<B>{_quoted(title)}</B>"]
    rows += [f'<FONT POINT-SIZE="{LINE_POINTS}">{_quoted(line)}</FONT>' for line in lines]
    points = [widest(title, NODE_POINTS, bold=True), *(widest(line, LINE_POINTS) for line in lines)]
    attributes = {
        "shape": look.shape,
        "style": look.style,
        "fillcolor": look.fill,
        "color": look.border,
        "fontcolor": look.text,
        "penwidth": str(look.pen),
    }
    look_of_it = "".join(f'{key}="{value}", ' for key, value in attributes.items())
    return f"  {name} [{look_of_it}label=<{_table(rows, max(points))}>];"


def _edge(edge: PictureEdge, direction: str) -> str:
    """An edge's attributes. Its label keeps clear of the line: beside a steep one, above a flat one."""
    name = shorten(edge.label, MAX_EDGE)
    text = f"<B>{_quoted(name)}</B>" if edge.growing else _quoted(name)
    parts = edge.site.split(", ")  # the line of code, then the view
    sites = [row for part in parts for row in _rows(part, SITE_ROW, MAX_SITE_ROWS)][:MAX_SITE_ROWS]
    rows = [text, *(f'<FONT POINT-SIZE="{LINE_POINTS}">{_quoted(site)}</FONT>' for site in sites)]
    if direction == "LR":
        rows.append('<FONT POINT-SIZE="6">&#160;</FONT>')
    points = max(widest(name, EDGE_POINTS, edge.growing), *(widest(site, LINE_POINTS) for site in sites), 0)
    table = _table(rows, points, padding=6 if edge.growing else 4)
    growing = {"color": RED, "fontcolor": RED, "penwidth": "3.2", "arrowsize": "0.9"} if edge.growing else {}
    return "".join(f'{key}="{value}", ' for key, value in growing.items()) + f"label=<{table}>"


def _quoted(text: str) -> str:
    """Escaped for an HTML-like label; a backslash could start a DOT escape."""
    return escape(text).replace("\\", "&#92;") or "&#160;"
