"""How a worker's resident memory went: what its agent saw, and what its snapshots say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heapdiff.analysis.waste.ground.worker import Worker
from heapdiff.model import MemoryHistory, Summary

LOADING_S: Final = 60.0

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Course:
    """Samples in order of time. `seconds` count from the first; `requests` are those served until then; None: not known."""

    seconds: Floats
    rss: Floats
    requests: Floats | None

    def __len__(self) -> int:
        return len(self.seconds)


def follow_memory(worker: Worker) -> Course:
    """The history in the latest snapshot that has one, and what each snapshot says of its own moment."""
    summaries = [each.summary for each in worker.captured]
    points = [(moment_of(each), each.memory.rss_bytes, each.process.requests) for each in summaries]
    told = [each for each in summaries if each.memory.history is not None]
    if told and (history := told[-1].memory.history) is not None:
        points += _samples(history, moment_of(told[-1]))
    points.sort(key=lambda point: point[0])
    seconds = np.array([moment - points[0][0] for moment, _, _ in points])
    counted = [requests for _, _, requests in points if requests is not None]
    requests = np.array(counted, np.float64) if len(counted) == len(points) else None
    return Course(seconds, np.array([rss for _, rss, _ in points], np.float64), requests)


def moment_of(summary: Summary) -> float:
    return datetime.fromisoformat(summary.captured_at).timestamp()


def _samples(history: MemoryHistory, end: float) -> list[tuple[float, int, int | None]]:
    """But for those of the time in which the application was loaded: the first, from when the agent began; where requests aren't
    counted, those of the first minute.
    """
    requests = history.requests or (None,) * len(history.age_ms)
    samples = [
        (end - age / 1000, rss, served)
        for age, rss, served in zip(history.age_ms, history.rss_bytes, requests, strict=True)
    ]
    begun = samples[0][0] + LOADING_S if samples and history.requests is None else 0.0
    return [sample for sample in samples[1:] if sample[0] >= begun]


def after_loading(course: Course) -> Course:
    """Without the samples from before the first request, but for the last of them: the application was being loaded."""
    if course.requests is None:
        return course
    first = max(int(np.count_nonzero(course.requests == 0)) - 1, 0)
    return Course(course.seconds[first:], course.rss[first:], course.requests[first:])
