"""The course of a finding over all snapshots: how it was measured, and what is to be thought of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import pairwise

from heapdiff.analysis.growth.findings import Finding, Later
from heapdiff.analysis.reach.namespaces import count_code
from heapdiff.analysis.reach.routes import Routes
from heapdiff.analysis.trends.ends import find_ends
from heapdiff.analysis.trends.judgement import Judgement, judge
from heapdiff.analysis.trends.measuring import Measured, measure


@dataclass(frozen=True, slots=True)
class Course:
    """How one finding grew, from all that is known of it, and the judgement that follows."""

    measured: Measured
    judgement: Judgement


@dataclass(frozen=True)
class History:
    """All snapshots of a comparison; `requests` are those served in each step, or empty.

    Keeps the course of each finding: it is followed once, and again only when it has become another.
    """

    first: Routes
    steps: Sequence[Later]
    requests: tuple[int, ...]
    _courses: dict[Finding, Course] = field(default_factory=dict)

    @property
    def last(self) -> Later:
        return self.steps[-1]

    @cached_property
    def seconds(self) -> tuple[float, ...]:
        """How long each step took; empty where a snapshot does not tell when it was taken."""
        snapshots = (self.first, *(step.routes for step in self.steps))
        summaries = [routes.graph.summary for routes in snapshots]
        moments = [datetime.fromisoformat(each.captured_at) for each in summaries if each is not None]
        if len(moments) < len(snapshots):
            return ()
        return tuple((later - earlier).total_seconds() for earlier, later in pairwise(moments))

    @cached_property
    def code(self) -> int:
        """How many modules and classes came from the first snapshot to the last."""
        return max(0, count_code(self.last.routes.graph) - count_code(self.first.graph))

    def follow(self, finding: Finding) -> Course:
        if finding not in self._courses:
            measured = measure(finding, self.first, self.steps, self.requests, self.seconds, self.code)
            self._courses[finding] = Course(measured, judge(measured.trend, find_ends(measured)))
        return self._courses[finding]
