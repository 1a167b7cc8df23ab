"""The answers to questions about the fleet: its leaks, one of them, its workers, its releases, and whether one is worse."""

from heapdiff.answers.fleet.gating import Gate, GateRow, GateSide, GateVerdict
from heapdiff.answers.fleet.leaking import (
    FleetLeak,
    FleetLeakHistory,
    FleetLeaks,
    LeakInRelease,
    LeakInWorker,
    LeakOnDay,
    LeakState,
)
from heapdiff.answers.fleet.running import FleetRelease, FleetReleases, FleetWorker, FleetWorkers

__all__ = [
    "FleetLeak",
    "FleetLeakHistory",
    "FleetLeaks",
    "FleetRelease",
    "FleetReleases",
    "FleetWorker",
    "FleetWorkers",
    "Gate",
    "GateRow",
    "GateSide",
    "GateVerdict",
    "LeakInRelease",
    "LeakInWorker",
    "LeakOnDay",
    "LeakState",
]
