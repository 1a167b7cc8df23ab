"""What the documentation promises exists: pages, pictures, outputs. Its commands and its site are in `tests/documents`."""

from __future__ import annotations

import re
from pathlib import Path

from samples.leaky_shop import illustrate
from tests.documents.site import FRAMES, INDEX
from tests.together import together

ROOT = illustrate.ROOT
PAGES = illustrate.PAGES
LINK = re.compile(r"\]\(([^)#\s]+)(?:#([^)\s]+))?\)")
IMAGE = re.compile(r'<img src="([^"]+)"')
SHELL = re.compile(r"^ *```sh\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
EACH_PAGE = together("page", PAGES)


def anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@EACH_PAGE
def test_every_link_leads_somewhere(page: Path) -> None:
    missing = []
    text = page.read_text()
    for target, anchor in [*LINK.findall(text), *((image, "") for image in IMAGE.findall(text))]:
        if target.startswith(("http:", "https:")):
            continue
        file = page.parent / target
        if not file.exists() or (anchor and anchor not in anchors(file)):
            missing.append(f"{target}#{anchor}")
    assert missing == []


@EACH_PAGE
def test_no_shown_output_is_empty(page: Path) -> None:
    text = page.read_text()
    assert re.findall(r"<!-- (?:shown|measured): [^\n]* -->\n```\n```", text) == []
    assert len(illustrate.SHOWN.findall(text)) == text.count("<!-- shown: heapdiff ")


def test_what_pages_quote_of_leakbench_stands_there() -> None:
    measured = set(re.findall(r"\d+ of \d+", (ROOT / "docs/leakbench.md").read_text()))
    paragraphs = (part for page in PAGES for part in page.read_text().split("\n\n"))
    quoted = {
        figure
        for part in paragraphs
        if "leakbench.md#numbers" in part
        for figure in re.findall(r"\d+ of \d+", part)
    }
    assert quoted
    assert quoted - measured == set()


def test_the_readme_has_each_of_its_two_commands_once() -> None:
    blocks = "".join(SHELL.findall((ROOT / "README.md").read_text()))
    assert blocks.count("python -m pytest") == 1
    assert blocks.count("python -m samples.leaky_shop") == 1


def test_every_page_is_in_the_index() -> None:
    """A frame is there as the file that it shows, of which the README is the index's own."""
    listed = {(INDEX.parent / target).resolve() for target, _ in LINK.findall(INDEX.read_text())}
    listed |= {INDEX, FRAMES[INDEX.with_name("index.md")]}
    pages = [FRAMES.get(page, page) for page in PAGES if page.is_relative_to(INDEX.parent)]
    assert [page for page in pages if not {page, page.parent / "README.md"} & (listed - {INDEX})] == [INDEX]
