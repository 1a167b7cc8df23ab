"""What capacity is planned with, as measured in docs/advice, and from which amounts on it's worth a finding."""

from typing import Final, NamedTuple

FULL: Final = 0.9  # of a limit: what's meant to be used; the rest is for peaks and the kernel
JITTER: Final = 0.1  # of max_requests, so that workers don't restart together
RESTART_S: Final = 5.0  # until a worker serves again
SOON_S: Final = 14 * 86_400.0  # who deploys every week restarts before

PRIVATE_AFTER_FREEZE: Final = (
    8_000_000  # of a preloaded, frozen worker of Flask that serves, the agent included
)
PRELOAD_LEAST: Final = 10_000_000
PRELOAD_HEADLINE: Final = 50_000_000

FREE_LEAST: Final = 50_000_000  # in malloc's heaps
FREE_SHARE: Final = 0.25  # of RSS
ONE_STEP: Final = 0.6  # of what's free: it came by one request


class GivingBack(NamedTuple):
    """What has been seen to return memory that is free: `change`, a sentence around what else is to be done, and `code`."""

    change: str
    code: tuple[str, ...]


GIVING_BACK: Final = {
    "glibc": GivingBack(
        "Try whether it comes back; only then set anything. If it does, {more}.",
        (
            "heapdiff trim {pid}",
            "# what it gives back, MALLOC_TRIM_THRESHOLD_=134217728 in the",
            "# environment may give back by itself; trim again to see it",
        ),
    ),
    "jemalloc": GivingBack(
        "Have jemalloc give it back sooner, and {more}.",
        (
            "MALLOC_CONF=background_thread:true,dirty_decay_ms:1000",
            "# in the environment; free pages go back after a second,",
            "# even while the worker is idle",
        ),
    ),
    "tcmalloc": GivingBack("None of tcmalloc's settings was seen to give it back: {more}.", ()),
}
"""By kind of malloc."""
