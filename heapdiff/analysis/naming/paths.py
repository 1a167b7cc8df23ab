"""Reads a trail as a person would write it: `shop.cache.SESSIONS['…']`. Holds no search and no ranking."""

from collections.abc import Iterable
from itertools import groupby
from typing import Final

from heapdiff.analysis.naming.reading import read_start, read_step
from heapdiff.analysis.naming.steps import Link, gap_link
from heapdiff.analysis.reach.origins import Homes
from heapdiff.analysis.reach.trails import Trail

LONG_RUN: Final = 5


def read_links(homes: Homes, trail: Trail) -> tuple[Link, ...]:
    """The trail step by step."""
    links = read_start(homes, trail)
    at = 0
    while at < len(trail.edges):
        link = read_step(homes, trail, at)
        links.append(link)
        at += link.references
    return tuple(_collapse(links, trail.skipped))


def write_path(links: Iterable[Link], masked: bool = False) -> str:
    """The path that steps read as; masked, it stands for all that differ only in an index or a key."""
    path = ""
    for link in links:
        text = link.masked_text if masked else link.text
        path = text if link.restarts else path + text
    return path


def _collapse(links: list[Link], skipped: int) -> list[Link]:
    """Of a long run of the same step, `.next.next.next…`, only the two ends stay."""
    shown: list[Link] = []
    for _, group in groupby(links, key=lambda link: (link.text, link.step)):
        run = list(group)
        if len(run) >= LONG_RUN:
            run = [run[0], gap_link(len(run) - 2, run[-2]), run[-1]]
        shown += run
    gaps = [at for at, link in enumerate(shown) if link.is_gap]
    goes_on = bool(gaps) and gaps[-1] + 1 < len(shown)  # it may be cut just behind the steps left out
    if skipped and len(gaps) > 1 and goes_on and _like(shown[gaps[0] - 1], shown[gaps[-1] + 1]):
        total = len(links) - gaps[0] - (len(shown) - gaps[-1] - 1) + skipped
        shown[gaps[0] : gaps[-1] + 1] = [gap_link(total, shown[gaps[-1]])]
    return shown


def _like(one: Link, other: Link) -> bool:
    return (one.text, one.step) == (other.text, other.step)
