"""What rules find, in the order in which it's read: headlines about one holder together, then hints, by rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

from heapdiff.analysis.waste.ground.worker import Heap, HeapRule
from heapdiff.answers import Finding
from heapdiff.knowledge.advice.amounts import HEADLINE_BYTES

WARNING: Final = "Savings may overlap, so don't add them up"
PARTS: Final = (".", "[", "<", "(")  # how a path goes on to something inside


def find_waste(heap: Heap, rules: Iterable[HeapRule]) -> list[Finding]:
    """What the rules that look at objects find, in order."""
    try:
        return arrange(finding for rule in rules for finding in heap.ask(rule))
    finally:
        heap.forget()


def arrange(findings: Iterable[Finding]) -> list[Finding]:
    """The largest first. About one holder, what saves bytes comes before what only asks whether they are needed."""
    return [*chain.from_iterable(_group(findings))]


def warn_of_overlap(findings: Iterable[Finding]) -> str:
    """That savings overlap, and of which findings that's sure. They are numbered as they are shown."""
    told, first = [], 1
    for group in _group(findings):
        if group[0].headline and len(group) > 1:
            numbers = [str(number) for number in range(first, first + len(group))]
            holder = min((each.holder or "" for each in group), key=len)
            told.append(f"{', '.join(numbers[:-1])} and {numbers[-1]} are about {holder}")
        first += len(group)
    return f"{WARNING}: {'; '.join(told)}." if told else f"{WARNING}."


def _group(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Headlines by the holder that each is about or below, hints by rule."""
    found = sorted(findings, key=_order)
    holders = sorted({each.holder for each in found if each.headline and each.holder}, key=len)
    groups: defaultdict[tuple[bool, str | int], list[Finding]] = defaultdict(list)
    for number, each in enumerate(found):
        about = each.rule if not each.headline else _find_top(holders, each.holder) or number
        groups[each.headline, about].append(each)
    return sorted(groups.values(), key=_order_group)


def _find_top(holders: Sequence[str], name: str | None) -> str:
    return next((top for top in holders if name and is_inside(name, top)), "")


def _order(finding: Finding) -> tuple[bool, int, str, str, str]:
    asks = finding.headline and not finding.saves_bytes
    return asks, -_worth(finding), finding.rule, finding.holder or "", finding.title


def _order_group(group: Sequence[Finding]) -> tuple[bool, int, tuple[bool, int, str, str, str]]:
    return not group[0].headline, -max(map(_worth, group)), _order(group[0])


def _worth(finding: Finding) -> int:
    """What has no bytes, such as advice on monitoring, stands where the headlines begin."""
    return (finding.bytes if finding.saves_bytes is None else finding.saves_bytes) or HEADLINE_BYTES


def is_inside(path: str, other: str) -> bool:
    """Whether one holder path is the other, or goes on from it."""
    return path == other or (path.startswith(other) and path[len(other) :].startswith(PARTS))
