"""A picture as DOT text. Draws what it is given: choosing, merging and folding happened before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from heapdiff.answers import NodeRole, Picture, PictureEdge, PictureNode
from heapdiff.render.escape import shorten

MAX_ACROSS = 6
MAX_TITLE = 48
MAX_LINE = 60
MAX_EDGE = 32
MAX_SENTENCE = 90
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
    NodeRole.TARGET: Look("#FBD3C4", "#B3400A", pen=2.4, meaning="chosen"),
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
    yield f'    labelloc=t, labeljust=l, fontname="Helvetica", fontsize=11, fontcolor="{INK}"];'
    yield '  node [fontname="Helvetica", fontsize=11, margin="0.14,0.07"];'
    yield f'  edge [fontname="Helvetica", fontsize=10, color="{FAINT}", fontcolor="{INK}",'
    yield "    arrowsize=0.7, penwidth=1.1];"


def _heading(picture: Picture) -> Iterator[str]:
    """Title, subtitle, legend and notes: the picture explains itself when pasted somewhere."""
    rows = [f'<FONT POINT-SIZE="15"><B>{_text(picture.title, MAX_SENTENCE)}</B></FONT>']
    rows += [_faint(text) for text in (picture.subtitle, *picture.notes) if text]
    rows.append(_legend(picture))
    cells = "".join(f'<TR><TD ALIGN="LEFT">{row}</TD></TR>' for row in rows)
    yield f'  label=<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2">{cells}</TABLE>>;'


def _legend(picture: Picture) -> str:
    roles = [role for role in NodeRole if any(node.role is role for node in picture.nodes)]
    cells = [
        f'<TD BGCOLOR="{look.fill}" COLOR="{look.border}" BORDER="1" STYLE="ROUNDED">'
        f'<FONT COLOR="{look.text}" POINT-SIZE="9">{look.meaning}</FONT></TD>'
        for look in (LOOKS[role] for role in roles)
    ]
    if any(edge.growing for edge in picture.edges):
        cells.append(f'<TD BORDER="0" BGCOLOR="{RED}"><FONT COLOR="#FFFFFF" POINT-SIZE="9">grows</FONT></TD>')
    return f'<TABLE BORDER="0" CELLSPACING="4" CELLPADDING="3"><TR>{"".join(cells)}</TR></TABLE>'


def _node(name: str, node: PictureNode) -> str:
    look = LOOKS[node.role]
    rows = [f"<B>{_text(node.title, MAX_TITLE)}</B>"]
    rows += [f'<FONT POINT-SIZE="9">{_text(line, MAX_LINE)}</FONT>' for line in node.lines]
    attributes = {
        "shape": look.shape,
        "style": look.style,
        "fillcolor": look.fill,
        "color": look.border,
        "fontcolor": look.text,
        "penwidth": str(look.pen),
    }
    label = "<BR/>".join(rows)
    look_of_it = "".join(f'{key}="{value}", ' for key, value in attributes.items())
    return f"  {name} [{look_of_it}label=<{label}>];"


def _edge(edge: PictureEdge, direction: str) -> str:
    """An edge's attributes. Its label keeps clear of the line: beside a steep one, above a flat one."""
    blank = "&#160;" * (2 if edge.growing else 1)
    text = f"{blank}{_text(edge.label, MAX_EDGE)}{blank}"
    label = f"<B>{text}</B>" if edge.growing else text
    below = '<BR/><FONT POINT-SIZE="6">&#160;</FONT>' if direction == "LR" else ""
    growing = {"color": RED, "fontcolor": RED, "penwidth": "3.2", "arrowsize": "0.9"} if edge.growing else {}
    return "".join(f'{key}="{value}", ' for key, value in growing.items()) + f"label=<{label}{below}>"


def _faint(text: str) -> str:
    return f'<FONT COLOR="{FAINT}">{_text(text, MAX_SENTENCE)}</FONT>'


def _text(text: str, limit: int) -> str:
    """Shortened, made visible, then escaped for an HTML-like label; a backslash could start a DOT escape."""
    return escape(shorten(text, limit)).replace("\\", "&#92;") or "&#160;"
