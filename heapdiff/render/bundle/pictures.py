"""Pictures as files in whatever formats can be drawn here; their DOT text always."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from heapdiff.answers import Picture
from heapdiff.errors import MissingToolError
from heapdiff.render.dot import render_dot
from heapdiff.render.drawing import draw

DRAWN: Final = ("svg", "png")


@dataclass(slots=True)
class PictureFiles:
    """Files by their name, and the first reason why some picture is there as DOT text only."""

    files: dict[str, bytes] = field(default_factory=dict)
    undrawn: MissingToolError | None = None


def draw_files(pictures: Iterable[tuple[str, Picture]]) -> PictureFiles:
    """`STEM.svg`, `STEM.png` and `STEM.dot` for each stem and its picture."""
    found = PictureFiles()
    for stem, picture in pictures:
        dot = render_dot(picture)
        found.files[f"{stem}.dot"] = dot.encode("utf-8")
        try:
            found.files.update({f"{stem}.{kind}": draw(dot, kind) for kind in DRAWN})
        except MissingToolError as error:
            found.undrawn = found.undrawn or error
    return found
