"""How often endpoints were called from snapshot to snapshot: what a growth costs per call, and whose calls it goes with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.trends.trend import Trend
from heapdiff.analysis.witnesses.agreement import AGREE
from heapdiff.analysis.witnesses.likelihood import Driver, find_driver
from heapdiff.answers import Allocated, EntryKind
from heapdiff.model import Summary

WORTH_SAYING: Final = 0.1  # of what is newly kept: less of it comes from an endpoint by chance
SUMS: Final = "<"  # how names begin that stand for several endpoints


@dataclass(frozen=True)
class CallCounts:
    """Calls of each endpoint in each step; no step if a snapshot doesn't say."""

    endpoints: tuple[str, ...]
    steps: NDArray[np.int64]  # (s, e)

    def weigh(self, agreeing: Sequence[Allocated], size: int) -> Mapping[str, float] | None:
        """Bytes per call of each view that allocated `size` bytes, by its share of what samples stand for.

        None if unknown, or if it is many views' doing: then none of them is to blame for it.
        """
        shares = _shares_of_views(agreeing)
        calls = dict(zip(self.endpoints, self.steps.sum(axis=0).tolist(), strict=True))
        found = {
            view: round(size * share / calls[view], 1)
            for view, share in shares.items()
            if share >= WORTH_SAYING and calls.get(view)
        }
        return found if sum(shares[view] for view in found) >= AGREE else None

    def tell(self, trend: Trend, agreeing: Sequence[Allocated] = ()) -> str:
        """The endpoint that a growth goes with, in a sentence; empty if that isn't clear, or if samples say otherwise."""
        if not len(self.steps) or len(trend.seconds) != len(self.steps) or trend.total <= 0:
            return ""
        requests = trend.requests or self.steps.sum(axis=1)
        found = find_driver(
            np.array(trend.units, np.float64) / trend.clump,
            self.steps.astype(np.float64),
            np.array(requests, np.float64),
            np.array(trend.seconds, np.float64),
        )
        names = tuple(self.endpoints[at] for at in found.endpoints)
        seen = _shares_of_views(agreeing)
        if any(name.startswith(SUMS) for name in names) or (agreeing and not set(names) <= set(seen)):
            return ""
        return _say(found.driver, names, trend, self.steps[:, list(found.endpoints)], bool(agreeing))


NOT_COUNTED: Final = CallCounts((), np.zeros((0, 0), np.int64))


def count_calls(summaries: Sequence[Summary | None]) -> CallCounts:
    """From each snapshot to the next, of one process; an endpoint that a snapshot lacks had not been called."""
    calls = [each.process.endpoints for each in summaries if each is not None]
    known = [each for each in calls if each is not None]
    if len(known) < len(summaries) or len(known) < 2:
        return NOT_COUNTED
    names = sorted({name for each in known for name in each})
    totals = np.array([[each.get(name, 0) for name in names] for each in known], np.int64)
    steps = np.diff(totals.reshape(len(known), len(names)), axis=0)
    return CallCounts(tuple(names), steps) if (steps >= 0).all() else NOT_COUNTED


def _shares_of_views(agreeing: Sequence[Allocated]) -> dict[str, float]:
    """Of what samples stand for that agree on a site, each view's part; what other entries allocated has none."""
    total = sum(row.bytes for row in agreeing)
    parts: Counter[str] = Counter()
    for row in agreeing:
        if row.entry is not None and row.entry.kind is EntryKind.FLASK_VIEW:
            parts[row.entry.name] += row.bytes
    return {view: part / total for view, part in sorted(parts.items())} if total else {}


def _say(driver: Driver, names: Sequence[str], trend: Trend, calls: NDArray[np.int64], seen: bool) -> str:
    if driver is Driver.CALLS and len(names) == 1:
        rate = _say_rate(trend.total / int(calls.sum()), trend.unit)
        say = f"agree: {rate} of {names[0]}" if seen else f"point to {names[0]}: {rate}"
        return f"Call counts {say}, over {len(trend.units) + 1} snapshots."
    if driver is Driver.CALLS:
        either = f"{', '.join(names[:-1])} or {names[-1]}"
        return f"Call counts point to {either}, and can't tell them apart: they are always called together."
    if driver is Driver.REQUESTS and not seen:
        return "Going by call counts, it grows with every request, whatever the endpoint."
    if driver is Driver.TIME and not seen:
        return "Going by call counts, it grows with time rather than with calls of any endpoint."
    return ""


def _say_rate(rate: float, unit: str) -> str:
    if rate >= 0.95:
        many = f"{rate:,.0f}" if abs(rate - round(rate)) < 0.05 * rate else f"{rate:,.1f}"
        return f"one {unit} per call" if many == "1" else f"{many} {_plural(unit)} per call"
    each = 1 / rate
    return (
        f"one {unit} per {each:,.0f} calls"
        if abs(each - round(each)) < 0.05
        else f"one {unit} per {each:,.1f} calls"
    )


def _plural(word: str) -> str:
    return f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"
