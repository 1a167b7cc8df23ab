"""What the growth up to the last snapshot shows by itself, before it's followed through those between. Judges nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from heapdiff.analysis.growth.between import Between
from heapdiff.analysis.growth.findings import Finding, Later, find_findings
from heapdiff.analysis.growth.new_modules import Counted, find_collecting
from heapdiff.analysis.holders.holder import Place
from heapdiff.analysis.suspects.sharing import Sharing
from heapdiff.analysis.trends.judgement import worth_listing
from heapdiff.analysis.trends.trend import Trend


@dataclass(frozen=True)
class Prospects:
    """The findings of the last step, and the holders that a judgement may ask the snapshots between about."""

    last: Later
    findings: Sequence[Finding]

    @cached_property
    def sharing(self) -> Sharing:
        """Of all groups that belong to a finding, however they're divided among them."""
        return Sharing(self.last, self.findings)

    @cached_property
    def places(self) -> list[Place]:
        """The findings' holders, and those that share their entries: each may be judged by its own course."""
        found = {
            place.trail: place for finding in self.findings for place in (finding.place, *finding.places)
        }
        found.update((place.trail, place) for finding in self.findings for place in self._rivals(finding))
        return list(found.values())

    def _rivals(self, finding: Finding) -> Iterator[Place]:
        """Of the finding, and of each of its parts: it may turn out to be several."""
        parts = [Finding.of([part]) for part in finding.parts] if len(finding.parts) > 1 else []
        for each in (finding, *parts):
            if worth_listing(size_of(self.last, each.groups)):
                yield from (other.place for other in self.sharing.keepers_of(each) if other.direct)

    def settle(self, between: Sequence[Between]) -> Prospects:
        """With what the snapshots between say of objects that collect something in new modules: mostly there are none."""
        routes, growth, earlier = self.last.routes, self.last.growth, [each.counted for each in between]
        for number in self.last.imported:
            seen = [each[number] for each in earlier if number in each]
            if find_collecting(routes, growth, number, seen) >= 0:
                return find_prospects(self.last, earlier)
        return self


def find_prospects(last: Later, earlier: Sequence[Mapping[int, Counted]] = ()) -> Prospects:
    """As of two snapshots, or with what is known of new modules' objects `earlier`."""
    return Prospects(last, find_findings(last, earlier))


def size_of(step: Later, groups: Sequence[int]) -> Trend:
    """The growth of these as far as the groups themselves tell it."""
    found = [step.growth.groups[number] for number in groups]
    return Trend((sum(group.objects for group in found),), (sum(group.bytes for group in found),))
