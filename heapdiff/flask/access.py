"""Who may use the endpoints, and how often: a token compared in constant time, and a limit on triggers."""

import hmac
import time
from typing import Final

BURST: Final = 5
REFILL_S: Final = 2.0
SCHEME: Final = "bearer"


def is_authorised(header: str | None, token: str) -> bool:
    """Whether an Authorization header carries the token. A wrong one takes as long as the right one."""
    scheme, _, given = (header or "").partition(" ")
    presented = given.strip().encode("utf-8", "surrogateescape")
    matches = hmac.compare_digest(presented, token.encode("utf-8", "surrogateescape"))
    return matches and scheme.lower() == SCHEME


class RateLimit:
    """A bucket of tries that refills: a burst is fine, a flood is not. One per process."""

    def __init__(self, burst: int = BURST, refill_s: float = REFILL_S) -> None:
        self._burst = burst
        self._refill_s = refill_s
        self._left = float(burst)
        self._at = time.monotonic()

    def take(self) -> float:
        """Use one try; 0.0 when there was one, else the seconds until there is."""
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._at) / self._refill_s)
        self._at = now
        if self._left < 1:
            return (1 - self._left) * self._refill_s
        self._left -= 1
        return 0.0
