"""The links of a built site: `python -m tests.documents.links SITE` follows those inside it, with `--outside` those to others.

Ends with 1 if one leads nowhere. Without a network, `--outside` says that it checked nothing.
"""

from __future__ import annotations

import argparse
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

__all__ = ["Page", "find_broken", "find_outside", "read_site"]

ATTRIBUTES: Final = {"a": "href", "img": "src", "link": "href", "script": "src"}
TIMEOUT_S: Final = 20
GONE: Final = (404, 410)


@dataclass
class Page:
    """Where a page's links lead, and what can be linked to in it."""

    links: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.page.anchors.add(value)
            elif value and name == ATTRIBUTES.get(tag):
                self.page.links.append(value)


def read_site(site: Path) -> dict[Path, Page]:
    """Every page by its file."""
    pages = {}
    for file in sorted(site.rglob("*.html")):
        reader = _Reader()
        reader.feed(file.read_text("utf-8"))
        pages[file.resolve()] = reader.page
    return pages


def find_broken(pages: dict[Path, Page]) -> Iterator[str]:
    """Links inside the site to a file that isn't there, or to a place that its page doesn't have."""
    for file, page in pages.items():
        if file.name == "404.html":  # its links are from the site's root, wherever that will be
            continue
        for link in page.links:
            parts = urllib.parse.urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (file.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else file
            anchor = urllib.parse.unquote(parts.fragment)
            if not target.exists() or (anchor and target in pages and anchor not in pages[target].anchors):
                yield f"{file.name}: {link}"


def find_outside(pages: dict[Path, Page]) -> list[str]:
    """Each address of others, once, without the place in it."""
    links = {urllib.parse.urldefrag(link).url for page in pages.values() for link in page.links}
    return sorted(link for link in links if link.startswith(("http:", "https:")))


def ask(link: str) -> int | str:
    """The server's answer; or what is in the way of one."""
    request = urllib.request.Request(link, headers={"User-Agent": "Mozilla/5.0 (heapdiff's link check)"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError as error:
        return str(error)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.documents.links", description=__doc__)
    parser.add_argument("site", type=Path)
    parser.add_argument("--outside", action="store_true")
    arguments = parser.parse_args()
    pages = read_site(arguments.site)
    if not pages:
        parser.error(f"no page in {arguments.site}")
    return follow_outside(find_outside(pages)) if arguments.outside else follow_inside(pages)


def follow_inside(pages: dict[Path, Page]) -> int:
    broken = list(find_broken(pages))
    print(*broken, f"{len(pages)} pages, {len(broken)} broken links", sep="\n")
    return 1 if broken else 0


def follow_outside(links: list[str]) -> int:
    """Where few hosts can be found, one that answers is somebody's stand-in and proves nothing."""
    answers = {link: ask(link) for link in links}
    if sum(isinstance(answer, int) for answer in answers.values()) * 2 < len(links):
        print(f"NOT CHECKED: no network to speak of; {len(links)} links to others' pages")
        return 0
    for link, answer in answers.items():
        if answer != 200:
            print(f"{'BROKEN' if answer in GONE else 'NOT CHECKED'}: {link}: {answer}")
    broken = [link for link, answer in answers.items() if answer in GONE]
    print(f"{len(links)} links to others' pages, {len(broken)} broken")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
