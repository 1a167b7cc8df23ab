"""When a Python engine's watcher takes a snapshot by itself; twin of `native/control/triggers.c`. Keeps no clock."""

import math
from dataclasses import dataclass
from typing import Final

from heapdiff.agent.system.memory_limits import memory_limit
from heapdiff.agent.system.procfs import read_resident_bytes

LOOK_S: Final = 1.0
HYSTERESIS: Final = 10


@dataclass(frozen=True, slots=True)
class TriggerRules:
    """The reasons for a snapshot; 0: not for that reason."""

    rss_bytes: int = 0
    rss_percent: int = 0
    every_s: int = 0
    every_requests: int = 0
    exit_s: int = 0
    interval_s: int = 0


class Triggers:
    """The rules and how far each is from its next snapshot. For the watcher's thread."""

    def __init__(self, rules: TriggerRules, now: float, requests: int) -> None:
        self.rules = rules
        self._last: float | None = None
        self._began = now
        self._next_timer = now + rules.every_s
        self._next_requests = requests + rules.every_requests
        self._next_look = now
        self.threshold = self._level = find_threshold(rules)

    def due(self, now: float, requests: int) -> str | None:
        """The trigger of a snapshot to take now, or None."""
        if self._last is not None and now < self._last + self.rules.interval_s:
            return None
        if self._is_above(now):
            return "threshold"
        if self.rules.every_requests and requests >= self._next_requests:
            return "requests"
        return "timer" if self.rules.every_s and now >= self._next_timer else None

    def allow_exit(self, now: float) -> bool:
        """Whether the last automatic snapshot, or the beginning, is long enough ago for one before the end."""
        last = self._began if self._last is None else self._last
        return self.rules.exit_s > 0 and now >= last + self.rules.interval_s

    def answered(self, now: float, requests: int) -> None:
        """After an automatic snapshot, whatever became of it."""
        self._last = now
        resident = read_resident_bytes() or 0
        if self.threshold and resident >= self._level:
            self._level = resident + self.threshold // HYSTERESIS
        if requests >= self._next_requests:
            self._next_requests = requests + self.rules.every_requests
        if now >= self._next_timer:
            self._next_timer = now + self.rules.every_s

    def wait_ms(self, now: float) -> int | None:
        """Milliseconds until it is worth asking again; None: time alone changes nothing."""
        moments = []
        if self.threshold:
            moments.append(self._next_look)
        if self.rules.every_s:
            moments.append(self._next_timer)
        if self.rules.every_requests:
            moments.append(now + LOOK_S)
        if not moments:
            return None
        earliest = 0.0 if self._last is None else self._last + self.rules.interval_s
        return max(math.ceil((max(min(moments), earliest) - now) * 1000), 1)

    def _is_above(self, now: float) -> bool:
        """Fires when RSS reaches it, again for each tenth more, and afresh after RSS fell a tenth below it."""
        if not self.threshold or now < self._next_look:
            return False
        self._next_look = now + LOOK_S
        resident = read_resident_bytes() or 0
        if resident < self.threshold - self.threshold // HYSTERESIS:
            self._level = self.threshold
        return resident >= self._level


def find_threshold(rules: TriggerRules) -> int:
    share = memory_limit() // 100 * rules.rss_percent if rules.rss_percent else 0
    return min(share, rules.rss_bytes or share) if share else rules.rss_bytes
