"""Figures in a Prometheus registry, read when it's scraped. For processes that answer for themselves alone."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from heapdiff.flask.metrics.figures import Figures, read_figures
from heapdiff.flask.metrics.suspects import limit

HOLDER: Final = "holder"
SUSPECTS: Final = (
    "heapdiff_suspect_bytes",
    "Bytes that grew behind a holder between snapshots of this process.",
)
GAUGES: Final[tuple[tuple[str, str, Callable[[Figures], float | None]], ...]] = (
    ("heapdiff_rss_bytes", "Resident memory of the process.", lambda now: now.rss_bytes),
    (
        "heapdiff_python_bytes",
        "Bytes of all Python objects in the process's last snapshot.",
        lambda now: now.python_bytes,
    ),
    ("heapdiff_python_objects", "Python objects in the process's last snapshot.", lambda now: now.objects),
    (
        "heapdiff_last_snapshot_timestamp_seconds",
        "When the process's last snapshot was complete, in seconds since 1970.",
        lambda now: now.captured_at,
    ),
)
COUNTERS: Final[tuple[tuple[str, str, Callable[[Figures], float]], ...]] = (
    ("heapdiff_snapshots", "Snapshots that were taken.", lambda now: now.snapshots),
    ("heapdiff_snapshot_failures", "Snapshots that failed.", lambda now: now.failures),
    (
        "heapdiff_snapshot_pause_seconds",
        "How long snapshots paused the process, all together.",
        lambda now: now.paused_s,
    ),
)


class FiguresCollector:
    """What a registry asks at each scrape. Keeps nothing but how many holders it may name."""

    def __init__(self, suspects_most: int) -> None:
        self.suspects_most = suspects_most

    def describe(self) -> Iterator[Any]:
        """The names alone, so that registering it reads nothing."""
        yield from (GaugeMetricFamily(name, text) for name, text, _ in GAUGES)
        yield from (CounterMetricFamily(name, text) for name, text, _ in COUNTERS)
        yield GaugeMetricFamily(*SUSPECTS, labels=[HOLDER])

    def collect(self) -> Iterator[Any]:
        now = read_figures(self.suspects_most)
        for name, text, read in GAUGES:
            if (value := read(now)) is not None:
                yield GaugeMetricFamily(name, text, value=value)
        for name, text, count in COUNTERS:
            yield CounterMetricFamily(name, text, value=count(now))
        if now.suspects is not None:
            family = GaugeMetricFamily(*SUSPECTS, labels=[HOLDER])
            for holder, grown in limit(now.suspects, self.suspects_most).items():
                family.add_metric([holder], grown)
            yield family
