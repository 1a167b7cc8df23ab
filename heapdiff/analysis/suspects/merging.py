"""What is one thing to a person, though several holders keep it: each is judged by its own course, then joined.

    shop.orders.ALL ──► Order ◄── shop.orders.RECENT (at most 1,000)     one finding; ALL leads it

A dict and its index, a library object's own bookkeeping, what only notes the objects of another holder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from heapdiff.analysis.growth.attribution import Growth
from heapdiff.analysis.growth.findings import Finding, Later, Part, find_findings
from heapdiff.analysis.holders.holder import Place, find_attribute, find_owner
from heapdiff.analysis.reach.routes import Routes
from heapdiff.analysis.suspects.coholders import OtherHolder, find_other_holders
from heapdiff.analysis.suspects.followers import merge_followers
from heapdiff.analysis.trends.history import PLAIN, History
from heapdiff.analysis.trends.judgement import ORDER, SURE_BYTES, SURE_UNITS, Trend, worth_listing
from heapdiff.answers import Confidence

__all__ = ["gather_findings"]


def gather_findings(history: History) -> list[Finding]:
    """Every holder that grew since the first snapshot, largest first, each thing once."""
    step = history.last
    findings = [part for finding in find_findings(step) for part in _divide(history, finding)]
    findings = _merge_holders(history, findings)
    return merge_followers(step, _merge_bookkeeping(step, findings))


def _divide(history: History, finding: Finding) -> list[Finding]:
    """Holders that surely leak, apart from those that hide it: `CACHES['…']`, of which one never evicts."""
    if len(finding.parts) < 2 or finding.place.structure or _confidence(history, finding) is Confidence.HIGH:
        return [finding]
    sure = [part for part in finding.parts if _is_sure(history, part)]
    rest = [part for part in finding.parts if part not in sure]
    return [Finding.of(parts) for parts in (sure, rest) if parts]


def _is_sure(history: History, part: Part) -> bool:
    """Whether one holder alone surely leaks; small growth is looked at together only, for it costs."""
    groups = [history.last.growth.groups[number] for number in part.groups]
    large = sum(group.objects for group in groups) >= SURE_UNITS
    if not large and sum(group.bytes for group in groups) < SURE_BYTES:
        return False
    return _confidence(history, Finding.of([part])) is Confidence.HIGH


def _confidence(history: History, finding: Finding) -> Confidence:
    return history.follow(finding).judgement.confidence


def _merge_holders(history: History, findings: list[Finding]) -> list[Finding]:
    """Join findings that keep the same objects: a dict and an index of it are one thing with two holders."""
    step, growth = history.last, history.last.growth
    of_group = {number: finding for finding in findings for number in finding.groups}
    gone: set[int] = set()
    for finding in findings:
        if id(finding) in gone or not _could_matter(finding, growth):
            continue
        others = find_other_holders(step.routes, growth, finding.groups)
        own = finding.place.path  # also that of what an lru_cache keeps inside
        finding.others = tuple(other.place for other in others if other.place.path != own)
        rivals = []
        for other in others:
            twin = next((of_group[number] for number in other.groups if number in of_group), None)
            if twin is not None and twin is not finding and id(twin) not in gone:
                if _entries(twin, growth) > 2 * _entries(finding, growth):
                    continue
                finding.groups.extend(twin.groups)
                gone.add(id(twin))
            rivals.append(other)
        _choose_lead(history, finding, rivals)
    return [finding for finding in findings if id(finding) not in gone]


def _choose_lead(history: History, finding: Finding, rivals: Sequence[OtherHolder]) -> None:
    """Of several holders of the same objects the one whose own course is the worst stands for all."""
    chosen = [rival for rival in rivals if rival.direct and rival.place.node != finding.place.node]
    if not chosen:
        return
    best, lead = ORDER[_confidence(history, finding)], None
    for rival in chosen:
        course = history.follow(_led_by(finding, rival.place))
        if course.trend.by_length and ORDER[course.judgement.confidence] < best:
            best, lead = ORDER[course.judgement.confidence], rival.place
    if lead is not None:
        former = finding.place
        finding.parts, finding.place = _led_by(finding, lead).parts, lead
        finding.others = (former, *(other for other in finding.others if other.node != lead.node))


def _led_by(finding: Finding, place: Place) -> Finding:
    return replace(finding, place=place, parts=[Part(place, ())])


def _entries(finding: Finding, growth: Growth) -> int:
    return len(growth.entries(finding.groups))


def _could_matter(finding: Finding, growth: Growth) -> bool:
    objects = sum(growth.groups[number].objects for number in finding.groups)
    return worth_listing(Trend((objects,), (finding.bytes(growth),)))


def _merge_bookkeeping(step: Later, findings: list[Finding]) -> list[Finding]:
    """What a library object notes about its entries in a second container goes with them."""
    main: dict[int, Finding] = {}
    for finding in findings:
        owner = _library_owner(step.routes, finding.place)
        if owner >= 0 and not _is_bookkeeping(finding, step.growth):
            main.setdefault(owner, finding)
    kept = []
    for finding in findings:
        ahead = main.get(_library_owner(step.routes, finding.place))
        if (
            ahead is None
            or ahead is finding
            or not _is_bookkeeping(finding, step.growth)
            or _entries(finding, step.growth) > 2 * _entries(ahead, step.growth)
        ):
            kept.append(finding)
        else:
            ahead.groups.extend(finding.groups)
    return kept


def _library_owner(routes: Routes, place: Place) -> int:
    """The library's object that has the holder as its attribute, or -1."""
    node, module = find_owner(routes.graph, place)
    return node if module and routes.ownership.is_library(module) else -1


def _is_bookkeeping(finding: Finding, growth: Growth) -> bool:
    """Plain values in a private attribute: the library's own code writes there, others into public ones at most."""
    step = find_attribute(finding.place)
    return step.startswith("_") and all(set(growth.groups[number].held) <= PLAIN for number in finding.groups)
