"""What capacity is planned with, as measured in docs/advice, and from which amounts on it's worth a finding."""

from typing import Final

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
