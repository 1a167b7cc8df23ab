"""What Sphinx is handed for each page: the pages as a code host shows them, with their lists of pages as menus.

A frame is a page that shows a file of the checkout's top, which is outside the site's folder.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.documents.from_code.pages import GENERATED
from tests.documents.from_code.schemas import SCHEMAS, schema_of

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = ["DOCS", "FRAMES", "INDEX", "prepare_page", "render_page", "write_schemas"]

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"
INDEX: Final = DOCS / "README.md"
FRAMES: Final = {
    DOCS / "index.md": ROOT / "README.md",
    DOCS / "security.md": ROOT / "SECURITY.md",
    DOCS / "changes.md": ROOT / "CHANGELOG.md",
}
CAPTIONS: Final = {  # what the index calls its lists, and what the site does
    "Learn": "Tutorial",
    "Do": "How-to guides",
    "Look up": "Reference",
    "Understand": "Explanation",
    "Contribute": "Contributing",
}
LINK: Final = re.compile(r"\[([^\[\]]*)\]\(([^)#\s]+)(#[^)\s]+)?\)")
TARGET: Final = re.compile(r'(\]\(|<img src=")(?!https?:|mailto:)([^)#\s"]+)')
LISTED: Final = re.compile(r"^([A-Z][a-z ]+):\n\n((?:- .*\n)+)", re.MULTILINE)


def prepare_page(app: Sphinx, name: str, source: list[str]) -> None:
    """The handler of Sphinx's `source-read`."""
    page = DOCS / f"{name}.md"
    source[0] = render_page(page, source[0])
    if page in FRAMES:
        for file in (FRAMES[page], INDEX):
            app.env.note_dependency(str(file))


def write_schemas(app: Sphinx, error: Exception | None) -> None:
    """The handler of `build-finished`: each answer's JSON Schema, at an address that lasts."""
    if error is None and app.builder.format == "html":
        folder = Path(app.outdir) / "schemas"
        folder.mkdir(exist_ok=True)
        for name in SCHEMAS:
            text = json.dumps(schema_of(name), indent=2)
            (folder / f"{name.replace('/', '-')}.json").write_text(text + "\n", "utf-8")


def render_page(page: Path, text: str) -> str:
    """A page of the site from the text of its file."""
    shown = FRAMES.get(page, page)
    if page in FRAMES:
        text = shown.read_text("utf-8")
    elif page in GENERATED:
        text = GENERATED[page]()
    text = TARGET.sub(lambda match: f"{match[1]}{_seen_from(page, shown, match[2])}", text)
    return text + "".join(_menus(page))


def _seen_from(page: Path, shown: Path, target: str) -> str:
    """A link's target as the page of the site must write it."""
    path = Path(os.path.normpath(shown.parent / target))
    framed = {INDEX: DOCS / "index.md", **{file: frame for frame, file in FRAMES.items()}}
    seen = os.path.relpath(framed.get(path, path), page.parent)
    is_page = path in framed or path.is_relative_to(DOCS) or path.suffix != ".md"
    return seen if is_page else f"path:{seen}"  # to download


def _menus(page: Path) -> Iterator[str]:
    if page == DOCS / "index.md":
        for name, entries in LISTED.findall(INDEX.read_text("utf-8")):
            yield _menu(page, INDEX, entries, f":caption: {CAPTIONS[name]}\n:maxdepth: 1\n")
    elif page.name == "README.md":
        yield _menu(page, page, page.read_text("utf-8"), ":hidden:\n")


def _menu(page: Path, listing: Path, text: str, options: str) -> str:
    entries = []
    for title, target, _ in LINK.findall(text):
        if not target.startswith(("http:", "https:")):
            entries.append(
                f"{title.replace('`', '')} <{_seen_from(page, listing, target).removesuffix('.md')}>\n"
            )
    return f"\n```{{toctree}}\n{options}\n{''.join(entries)}```\n"
