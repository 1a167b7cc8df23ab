"""What is one thing to a person, though several holders keep it: each is judged by its own course, then joined.

    shop.orders.ALL ──► Order ◄── shop.orders.RECENT (at most 1,000)     one line; ALL leads it

Another holder of the same objects joins, what a library's object notes of its own entries does, and so does what the
interpreter and the libraries note of another holder's: each grows because something else does, and is no second leak.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from heapdiff.analysis.growth.attribution import Growth
from heapdiff.analysis.growth.findings import Finding, Part
from heapdiff.analysis.holders.holder import Place, find_attribute, find_owner
from heapdiff.analysis.holders.shapes import shape_of
from heapdiff.analysis.reach.routes import Routes
from heapdiff.analysis.suspects.prospects import Prospects, size_of
from heapdiff.analysis.suspects.sharing import Sharing
from heapdiff.analysis.trends.history import History
from heapdiff.analysis.trends.judgement import ORDER, worth_listing
from heapdiff.analysis.trends.measuring import PLAIN
from heapdiff.analysis.trends.trend import SURE
from heapdiff.answers import Confidence, HolderKind
from heapdiff.format import RootKind
from heapdiff.graph.narrow import distinct

PART: Final = 0.3  # of a registry's: of a dict's entries, a key and its value are two
LEAST: Final = 16  # entries: a single one that refers to what leaks may be its cause
TWICE: Final = 2  # times the entries: more are not the same thing
INTERPRETER: Final = (RootKind.INTERPRETER, RootKind.THREAD, RootKind.THREAD_STATE)


@dataclass(frozen=True, eq=False)
class Line:
    """What becomes one suspect: a finding, other holders of its objects, and the paths of what only grows with it.

    `tables` are further containers of the same library's object.
    """

    finding: Finding
    others: tuple[Place, ...] = ()
    followers: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()

    @property
    def place(self) -> Place:
        return self.finding.place

    def joined_by(self, other: Finding) -> Line:
        """Together with what is the same thing."""
        return replace(self, finding=replace(self.finding, own=self.finding.own + other.groups))

    def followed_by(self, other: Line) -> Line:
        finding = replace(self.finding, following=self.finding.following + other.finding.groups)
        paths = {*self.followers, *other.followers, other.place.path_with_masks()}
        return replace(self, finding=finding, followers=tuple(sorted(paths)))

    def merged_with(self, other: Line, table: bool) -> Line:
        """Together with a line of the same holder, or with one of another table of the same object."""
        others = {
            place.node: place for place in (*other.others, *self.others) if place.path != self.place.path
        }
        return replace(
            self.joined_by(other.finding),
            others=tuple(sorted(others.values(), key=lambda place: place.path)),
            followers=tuple(sorted({*self.followers, *other.followers})),
            tables=tuple(sorted({*self.tables, *other.tables, *([other.place.path] if table else [])})),
        )


def gather_lines(history: History, prospects: Prospects) -> list[Line]:
    """Every holder that grew since the first snapshot, largest first, each thing once."""
    findings = [part for finding in prospects.findings for part in _divide(history, finding)]
    sharing = prospects.sharing
    lines = _merge_same(_join_holders(history, sharing, findings))
    return _Gathering(history, sharing, lines).gather()


def _merge_same(lines: Sequence[Line]) -> list[Line]:
    """One holder is one line, whatever was found to be its."""
    merged: dict[int, Line] = {}
    for line in lines:
        known = merged.get(line.place.node)
        merged[line.place.node] = line if known is None else known.merged_with(line, table=False)
    return list(merged.values())


def _divide(history: History, finding: Finding) -> list[Finding]:
    """Holders that surely leak, apart from those that hide it: `CACHES['…']`, of which one never evicts."""
    if len(finding.parts) < 2 or finding.place.structure or _confidence(history, finding) is Confidence.HIGH:
        return [finding]
    sure = [part for part in finding.parts if _is_sure(history, part)]
    rest = [part for part in finding.parts if part not in sure]
    return [Finding.of(parts) for parts in (sure, rest) if parts]


def _is_sure(history: History, part: Part) -> bool:
    """Whether one holder alone surely leaks; small growth is looked at together only, for it costs."""
    large = size_of(history.last, part.groups).reaches(SURE)
    return large and _confidence(history, Finding.of([part])) is Confidence.HIGH


def _confidence(history: History, finding: Finding) -> Confidence:
    return history.follow(finding).judgement.confidence


def _join_holders(history: History, sharing: Sharing, findings: Sequence[Finding]) -> list[Line]:
    """Findings that keep the same objects joined: a dict and an index of it are one thing with two holders."""
    step = history.last
    at = {number: finding for finding in findings for number in finding.groups}
    lines = {finding: Line(finding) for finding in findings}
    for finding in findings:
        if finding not in lines or not worth_listing(size_of(step, finding.groups)):
            continue
        line, rivals = lines[finding], []
        others = sharing.keepers_of(finding)
        for other in others:
            twin = at.get(other.group, finding)
            if twin is not finding and twin in lines:
                if not _has_as_many(line.finding, lines[twin].finding, step.growth):
                    continue
                line = line.joined_by(lines.pop(twin).finding)
            rivals += [other.place] if other.direct and other.place.node != finding.place.node else []
        # its own path may also be that of what an lru_cache keeps inside
        places = [other.place for other in others if other.place.path != finding.place.path]
        line = _let_worst_lead(history, replace(line, others=tuple(places)), rivals)
        imported = line.others and history.follow(line.finding).ends_by("imports")
        lines[finding] = replace(line, others=()) if imported else line
    return list(lines.values())


def _has_as_many(finding: Finding, other: Finding, growth: Growth) -> bool:
    """Whether all that another has may be about the entries of this one."""
    return len(growth.entries(other.groups)) <= TWICE * len(growth.entries(finding.groups))


def _let_worst_lead(history: History, line: Line, rivals: Sequence[Place]) -> Line:
    """Of several holders of the same objects the one whose own course is the worst stands for all."""
    finding, longer = line.finding, [place for place in rivals if history.may_be_longer(place)]
    if not longer or _confidence(history, finding) is Confidence.HIGH:
        return line
    led = [replace(finding, place=place, parts=(Part(place, ()),)) for place in longer]
    led = [each for each in led if history.follow(each).measured.trend.by_length]
    lead = min([finding, *led], key=lambda each: _hope(history, each))
    if lead is finding:
        return line
    others = (finding.place, *(place for place in line.others if place.node != lead.place.node))
    return replace(line, finding=lead, others=others)


def _hope(history: History, finding: Finding) -> tuple[int, bool]:
    """How little a course has of a leak: what nothing ends comes before what ends."""
    judgement = history.follow(finding).judgement
    return ORDER[judgement.confidence], bool(judgement.end)


class _Gathering:
    """Lines become fewer, the lightest first: what goes with another one is taken over by that one."""

    def __init__(self, history: History, sharing: Sharing, lines: Sequence[Line]) -> None:
        step = history.last
        self._history, self._sharing = history, sharing
        self._routes, self._growth = step.routes, step.growth
        self._lines = dict(enumerate(lines))
        self._at = np.full(len(step.growth.groups), -1, np.int64)  # for each group the line that has it
        self._tables: dict[int, int] = {}  # what a library's object keeps: a group of the heaviest such line
        for number, line in self._lines.items():
            self._at[list(line.finding.groups)] = number
            if not self._is_bookkeeping(line.finding):
                self._tables.setdefault(find_owner(step.routes.graph, line.place)[0], line.finding.own[0])

    def gather(self) -> list[Line]:
        for number in reversed(list(self._lines)):
            line = self._lines[number]
            if (ahead := self._find_table(number)) != number:
                bookkeeping = self._is_bookkeeping(line.finding)
                self._lines[ahead] = self._lines[ahead].merged_with(line, table=not bookkeeping)
            elif (ahead := self._find_leader(number)) != number:
                self._lines[ahead] = self._lines[ahead].followed_by(line)
            if ahead != number:
                self._at[list(self._lines.pop(number).finding.groups)] = ahead
        return list(self._lines.values())

    def _find_table(self, number: int) -> int:
        """The line of what a library's object keeps, for what it notes about the same entries in a second container."""
        finding = self._lines[number].finding
        owner, module = find_owner(self._routes.graph, finding.place)
        ahead = int(self._at[self._tables.get(owner, -1)]) if owner in self._tables else number
        if ahead == number or owner < 0 or not module or not self._routes.ownership.is_library(module):
            return number
        other = self._lines[ahead].finding
        same = self._is_bookkeeping(finding) or self._goes_with(finding, other, owner)
        return ahead if same and _has_as_many(other, finding, self._growth) else number

    def _goes_with(self, finding: Finding, other: Finding, owner: int) -> bool:
        """Whether two containers of a library's object are its tables of the same things, that grow alike.

        The application does not write there, or both have the same keys.
        """
        alike = (
            _has_as_many(finding, other, self._growth)
            and size_of(self._history.last, finding.groups).total > 0
        )
        if not alike or not (self._is_inner(finding.place, owner) or self._have_the_same(finding, other)):
            return False
        ranks = [ORDER[_confidence(self._history, each)] for each in (other, finding)]
        return ranks[0] <= ranks[1]

    def _is_inner(self, place: Place, owner: int) -> bool:
        """Whether one library's object has this one as an attribute of its own, directly or below it."""
        links = place.links
        ends = next(at for at, link in enumerate(links) if link.node == owner)
        above = [links[at - 1].node for at in range(1, ends + 1) if links[at].step.step == "attribute"]
        modules = [self._routes.graph.type_name(node).rpartition(".")[0] for node in above]
        return any(module and self._routes.ownership.is_library(module) for module in modules)

    def _have_the_same(self, finding: Finding, other: Finding) -> bool:
        """Whether half of the new objects to which one container refers are those of the other: its keys, mostly."""
        graph = self._routes.graph
        rows = [
            distinct(graph.targets[graph.row(each.place.node)].astype(np.int64)) for each in (finding, other)
        ]
        one, another = (row[self._growth.groups_at(row) >= 0] for row in rows)
        common = np.isin(one, another, assume_unique=True).sum()
        return bool(common) and common >= PART * min(len(one), len(another))

    def _is_bookkeeping(self, finding: Finding) -> bool:
        """Plain values in a private attribute: the library's own code writes there, others into public ones at most."""
        _, module = find_owner(self._routes.graph, finding.place)
        private = (
            find_attribute(finding.place).startswith("_")
            and bool(module)
            and self._routes.ownership.is_library(module)
        )
        return private and all(set(self._growth.groups[number].held) <= PLAIN for number in finding.groups)

    def _find_leader(self, number: int) -> int:
        """The line that has what most entries of this one refer to, or that refers to them weakly, if it may follow one.

        No code of the application writes there, or nothing stays there that is kept nowhere else. A library's object that
        the application has is filled by it, though: only the object's own parts follow there.
        """
        finding, graph, growth = self._lines[number].finding, self._routes.graph, self._growth
        owner, module = find_owner(graph, finding.place)
        others_write = is_written_by_others(self._routes, finding.place)
        shape = shape_of(graph, owner) if owner >= 0 else None
        keeps_nothing = shape is not None and shape.weak_keys
        if not (others_write or keeps_nothing or self._routes.ownership.is_framework(module)):
            return number
        looked_at, entries, groups = self._sharing.referred_by(finding)
        pairs = np.unique(np.stack([self._at[groups], entries]), axis=1)
        found, votes = np.unique(pairs[0], return_counts=True)
        for count, ahead in sorted(zip((-votes).tolist(), found.tolist(), strict=True)):
            if looked_at < LEAST or -count < PART * looked_at:
                break
            if ahead in (-1, number):
                continue
            other = self._lines[ahead].finding
            if keeps_nothing or not len(growth.entries(finding.groups)):
                return int(ahead)
            node, module = find_owner(graph, other.place)
            inside = self._routes.ownership.is_framework(module) and node in finding.place.trail.nodes
            if other.bytes(growth) >= finding.bytes(growth) and (others_write or inside):
                return int(ahead)
        return number


def is_written_by_others(routes: Routes, place: Place) -> bool:
    """Whether it is the interpreter's or a library's."""
    root = place.trail.root
    interpreters = place.kind is HolderKind.NATIVE or (root is not None and root.kind in INTERPRETER)
    return interpreters or routes.ownership.is_library(place.path)
