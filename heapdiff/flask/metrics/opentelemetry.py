"""Figures as OpenTelemetry's observable instruments, read when the application's SDK collects. Needs only the API.

Whatever process the SDK collects in, the figures are that process's, and `process.pid` says which: an SDK that was made
before a preloading server forked gives all workers one resource. A master that serves nobody has none.
"""

import os
from collections.abc import Callable, Iterable
from typing import Any, Final

from opentelemetry.metrics import CallbackOptions, Observation, get_meter

from heapdiff.agent.worker.installation import is_master
from heapdiff.flask.metrics.figures import Figures, read_figures
from heapdiff.flask.metrics.suspects import limit
from heapdiff.version import __version__

Read = Callable[[Figures], float | None]

GAUGES: Final[tuple[tuple[str, str, str, Read], ...]] = (
    ("heapdiff.rss", "By", "Resident memory of the process.", lambda now: now.rss_bytes),
    (
        "heapdiff.python.memory",
        "By",
        "Bytes of all Python objects in the process's last snapshot.",
        lambda now: now.python_bytes,
    ),
    (
        "heapdiff.python.objects",
        "{object}",
        "Python objects in the process's last snapshot.",
        lambda now: now.objects,
    ),
    (
        "heapdiff.snapshot.last",
        "s",
        "When the process's last snapshot was complete, in seconds since 1970.",
        lambda now: now.captured_at,
    ),
)
COUNTERS: Final[tuple[tuple[str, str, str, Read], ...]] = (
    ("heapdiff.snapshots", "{snapshot}", "Snapshots that were taken.", lambda now: now.snapshots),
    ("heapdiff.snapshot.failures", "{snapshot}", "Snapshots that failed.", lambda now: now.failures),
    (
        "heapdiff.snapshot.pause",
        "s",
        "How long snapshots paused the process, all together.",
        lambda now: now.paused_s,
    ),
)
SUSPECTS: Final = ("heapdiff.suspect.memory", "By", "Bytes that grew behind a holder between snapshots.")
PID: Final = "process.pid"
HOLDER: Final = "heapdiff.holder"


def make_instruments(suspects_most: int, provider: Any = None) -> None:
    """Make them in the application's meter provider, or in the one that it will set."""
    meter = get_meter("heapdiff", __version__, meter_provider=provider)
    for name, unit, text, read in GAUGES:
        meter.create_observable_gauge(name, [observe(read)], unit=unit, description=text)
    for name, unit, text, read in COUNTERS:
        meter.create_observable_counter(name, [observe(read)], unit=unit, description=text)
    if suspects_most:
        name, unit, text = SUSPECTS
        meter.create_observable_gauge(name, [observe_suspects(suspects_most)], unit=unit, description=text)


def observe(read: Read) -> Callable[[CallbackOptions], Iterable[Observation]]:
    """What the SDK calls; one value, or none where it isn't known."""

    def callback(_options: CallbackOptions) -> Iterable[Observation]:
        if is_master():
            return []
        now = read_figures()
        value = read(now)
        return [] if value is None else [Observation(value, own_attributes())]

    return callback


def observe_suspects(most: int) -> Callable[[CallbackOptions], Iterable[Observation]]:
    def callback(_options: CallbackOptions) -> Iterable[Observation]:
        found = {} if is_master() else limit(read_figures(most).suspects or {}, most)
        return [Observation(grown, {**own_attributes(), HOLDER: holder}) for holder, grown in found.items()]

    return callback


def own_attributes() -> dict[str, int | str]:
    return {PID: os.getpid()}
