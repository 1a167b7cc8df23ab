"""The course of a finding over all snapshots: how it was measured, and what is to be thought of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import pairwise

from heapdiff.analysis.growth.between import Between
from heapdiff.analysis.growth.findings import Finding, Later, Part
from heapdiff.analysis.growth.sightings import Sightings
from heapdiff.analysis.holders.holder import Place
from heapdiff.analysis.reach.namespaces import count_code
from heapdiff.analysis.reach.routes import Routes
from heapdiff.analysis.trends.ends import find_ends
from heapdiff.analysis.trends.judgement import End, Judgement, judge
from heapdiff.analysis.trends.lengths import Lengths
from heapdiff.analysis.trends.measuring import Measured, measure
from heapdiff.model import Summary


@dataclass(frozen=True, slots=True)
class Course:
    """How one finding grew, from all that is known of it, and the judgement that follows."""

    measured: Measured
    ends: tuple[End, ...]
    judgement: Judgement

    def ends_by(self, name: str) -> bool:
        """Whether this is known to end its growth."""
        return any(end.name == name for end in self.ends)


@dataclass(frozen=True)
class History:
    """All snapshots of a comparison, of those between what was kept; `requests` are those served in each step, or empty.

    Keeps the course of each finding: it is followed once, and again only when it has become another.
    """

    last: Later
    between: Sequence[Between]
    sightings: Sightings
    requests: tuple[int, ...]
    _courses: dict[Finding, Course] = field(default_factory=dict)
    _longer: dict[int, bool] = field(default_factory=dict)

    @property
    def first(self) -> Routes:
        return self.sightings.first

    @property
    def summaries(self) -> tuple[Summary | None, ...]:
        """What each snapshot says of itself, where it does."""
        between = (each.summary for each in self.between)
        return (self.first.graph.summary, *between, self.last.routes.graph.summary)

    @cached_property
    def seconds(self) -> tuple[float, ...]:
        """How long each step took; empty where a snapshot does not tell when it was taken."""
        summaries = [each for each in self.summaries if each is not None]
        return seconds_between(summaries) if len(summaries) == len(self.summaries) else ()

    @cached_property
    def code(self) -> int:
        """How many modules and classes came from the first snapshot to the last."""
        return max(0, count_code(self.last.routes.graph) - count_code(self.first.graph))

    def may_be_longer(self, place: Place) -> bool:
        """Whether a holder may have more entries, or more of its places taken, than at first. Looked up once for each."""
        if place.node not in self._longer:
            known = Lengths(Finding.of([Part(place, ())]), self.sightings).known
            taken = len(set(known)) == 1 and self.last.routes.graph.type_name(place.node) == "list"
            self._longer[place.node] = taken or bool(known and known[-1] > known[0])
        return self._longer[place.node]

    def follow(self, finding: Finding) -> Course:
        if finding not in self._courses:
            measured = measure(
                finding, self.last, self.between, self.sightings, self.requests, self.seconds, self.code
            )
            ends = find_ends(measured)
            self._courses[finding] = Course(measured, ends, judge(measured.trend, ends))
        return self._courses[finding]


def seconds_between(summaries: Sequence[Summary]) -> tuple[float, ...]:
    """The time from each snapshot to the next."""
    moments = [datetime.fromisoformat(each.captured_at) for each in summaries]
    return tuple((later - earlier).total_seconds() for earlier, later in pairwise(moments))
