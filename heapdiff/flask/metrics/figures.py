"""What this process's agent knows without any work: its memory now, and what its snapshots said and cost."""

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from heapdiff.agent.system.procfs import read_resident_bytes
from heapdiff.agent.worker.installation import own_agent
from heapdiff.flask.metrics.suspects import look_for_suspects

logger = logging.getLogger("heapdiff")

MS_PER_S: Final = 1000


@dataclass(frozen=True, slots=True)
class Figures:
    """One process at one moment. `python_bytes`, `objects` and `captured_at` (seconds since 1970) are its last snapshot's, None
    before the first; `suspects`: what grew behind each holder between snapshots, None where nobody looks."""

    rss_bytes: int | None
    python_bytes: int | None = None
    objects: int | None = None
    captured_at: float | None = None
    snapshots: int = 0
    failures: int = 0
    paused_s: float = 0.0
    suspects: Mapping[str, int] | None = None


def read_figures(suspects_most: int = 0) -> Figures:
    """This process's, as they are now; with `suspects_most`, also what grew behind holders, as of the last comparison.

    20 µs; with holders, a comparison may be started or looked after, a few milliseconds once a snapshot. Never raises.
    """
    try:
        return _read(suspects_most)
    except Exception as error:  # a scrape is the application's
        logger.debug("heapdiff: no figures of process %d: %s", os.getpid(), error)
        return Figures(None)


def _read(suspects_most: int) -> Figures:
    rss_bytes, agent = read_resident_bytes(), own_agent()
    if agent is None:
        return Figures(rss_bytes)
    status = agent.choice.engine.status()
    return Figures(
        rss_bytes,
        status["bytes"] or None,
        status["objects"] or None,
        status["captured_at"] or None,
        status["captures"],
        status["failures"],
        status["paused_ms"] / MS_PER_S,
        look_for_suspects(agent.directory, status["captures"]) if suspects_most else None,
    )
