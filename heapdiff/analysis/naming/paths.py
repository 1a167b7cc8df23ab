"""Reads a trail as a person would write it: `shop.cache.SESSIONS['…']`. Holds no search and no ranking."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Final

from heapdiff.analysis.naming.reading import read_start, read_step
from heapdiff.analysis.naming.steps import GAP_TEXT, Link, gap_link
from heapdiff.analysis.reach.origins import Homes
from heapdiff.analysis.reach.trails import Trail
from heapdiff.answers import HolderKind, Step

__all__ = ["Named", "name_trail"]

LONG_RUN: Final = 5


@dataclass(frozen=True, slots=True)
class Named:
    """A trail in words."""

    path: str
    links: tuple[Link, ...]
    kind: HolderKind

    @property
    def chain(self) -> tuple[Step, ...]:
        return tuple(link.step for link in self.links)


def name_trail(homes: Homes, trail: Trail) -> Named:
    """The trail's steps, its holder path, and what kind of thing keeps its end."""
    links = read_start(homes, trail)
    at = 0
    while at < len(trail.edges):
        link = read_step(homes, trail, at)
        links.append(link)
        at += link.references
    links = _collapse(links, trail.skipped)
    path = ""
    for link in links:
        path = link.text.lstrip(".") if link.restarts or not path else path + link.text
    kind = next((link.kind for link in reversed(links) if link.kind is not None), HolderKind.OTHER)
    return Named(path, tuple(links), kind)


def _collapse(links: list[Link], skipped: int) -> list[Link]:
    """Of a long run of the same step, `.next.next.next…`, only the two ends stay."""
    shown: list[Link] = []
    for _, group in groupby(links, key=lambda link: (link.text, link.step)):
        run = list(group)
        if len(run) >= LONG_RUN:
            run = [run[0], gap_link(len(run) - 2, run[-2]), run[-1]]
        shown += run
    gaps = [at for at, link in enumerate(shown) if link.text == GAP_TEXT]
    if skipped and len(gaps) > 1 and _like(shown[gaps[0] - 1], shown[gaps[-1] + 1]):
        total = len(links) - gaps[0] - (len(shown) - gaps[-1] - 1) + skipped
        shown[gaps[0] : gaps[-1] + 1] = [gap_link(total, shown[gaps[-1]])]
    return shown


def _like(one: Link, other: Link) -> bool:
    return (one.text, one.step) == (other.text, other.step)
