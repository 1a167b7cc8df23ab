"""Grades who is said to have allocated what leaks, where a worker ran with the sampler. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from heapdiff.agent.settings.parsers import parse_sample
from heapdiff.analysis.witnesses.telling import MOST_SITES
from heapdiff.answers import Allocated, Suspect
from tests.leakbench.case import Case
from tests.leakbench.putters import INNER
from tests.leakbench.truth import CULPRITS

__all__ = ["Blame", "interval_of", "judge_blame", "sampled"]

VARIABLE: Final = "HEAPDIFF_SAMPLE"
ENOUGH: Final = 8  # intervals by which a holder must grow
STRAY: Final = 0.2  # of the samples


@dataclass(frozen=True, slots=True)
class Blame:
    """Whether the answer is right on who allocated what the right suspect, which grew by so many bytes, newly keeps."""

    grown: int
    site_right: bool
    entry_right: bool
    text: str

    @property
    def right(self) -> bool:
        return self.site_right and self.entry_right


def sampled(case: Case, interval: str) -> Case:
    """The same, its worker with the sampler on."""
    return replace(case, environment=(*case.environment, (VARIABLE, interval)))


def interval_of(case: Case) -> int:
    """The sampler's mean interval in bytes, 0 without it."""
    return parse_sample(dict(case.environment).get(VARIABLE, "0"))


def judge_blame(case: Case, suspect: Suspect | None) -> Blame | None:
    """None without the sampler or the right suspect, where too little grew, and where nobody knows who did it."""
    interval, truth = interval_of(case), CULPRITS.get(case.name)
    if not interval or suspect is None or truth is None or suspect.bytes_delta <= ENOUGH * interval:
        return None
    seen = said(suspect.allocated)
    return Blame(
        grown=suspect.bytes_delta,
        site_right=bool(seen) and all(is_right_site(case, row, truth.sites) for row in seen),
        entry_right=bool(seen) and all(str(row.entry or "") in truth.entries for row in seen),
        text=suspect.witness,
    )


def said(allocated: Sequence[Allocated]) -> list[Allocated]:
    """What a reader takes from it: the rows that agree, or the first few if none do, but for samples that are strays."""
    rows = [row for row in allocated if row.agrees] or list(allocated[:MOST_SITES])
    total = sum(row.samples for row in rows)
    return [row for row in rows if row.samples > max(1, STRAY * total)] or rows[:1]


def is_right_site(case: Case, row: Allocated, sites: Sequence[str]) -> bool:
    """One of these functions, in the app's own module unless a file is given."""
    own = case.app.replace(".", "/") + ".py"
    return any((row.file, INNER.sub("", row.function)) == split(site, own) for site in sites)


def split(site: str, own: str) -> tuple[str, str]:
    file, _, function = site.rpartition(":")
    return file or own, function
