"""What one suspect has of the native growth, and what follows for how sure it is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from heapdiff.analysis.growth.findings import Finding
from heapdiff.analysis.native.crediting import Credit
from heapdiff.analysis.trends.history import Course
from heapdiff.analysis.trends.judgement import ORDER, Judgement
from heapdiff.answers import NativeShare

LEAST_SHARE: Final = 0.1  # of the objects that the growth goes with


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a credit whose objects one holder keeps."""

    credit: Credit
    native: NativeShare

    @property
    def sentence(self) -> str:
        owner = f" (each with its {self.credit.owner})" if self.credit.owner != self.credit.shown else ""
        return f"native memory grew with them: {self.credit.describe(self.native.count)}{owner}."


def share_of(credits: Sequence[Credit], finding: Finding) -> Share | None:
    """What a finding has of the first credit of which it has any."""
    for credit in credits:
        count = min(credit.count, sum(credit.groups.get(number, 0) for number in finding.groups))
        if count > LEAST_SHARE * credit.count:
            native = NativeShare(credit.shown, credit.owner, count, credit.each * count, credit.memory)
            return Share(credit, native)
    return None


def judge_with(course: Course, share: Share | None) -> Judgement:
    """The judgement of the holder's own growth, or what native growth makes of it; what is known to end still ends."""
    own = course.judgement
    if share is None:
        return own
    said = share.sentence
    ends = any(end.known for end in course.ends)
    if ends or ORDER[own.confidence] <= ORDER[share.credit.confidence]:
        return replace(own, reason=f"{own.reason} {said[0].upper()}{said[1:]}")
    return Judgement(share.credit.confidence, f"{course.measured.trend.gained}, and {said}")
