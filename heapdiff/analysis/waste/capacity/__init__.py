"""How long the worker lasts, how many fit, what they could share, and what to watch next."""

from collections.abc import Callable, Iterable
from typing import Final

from heapdiff.analysis.waste.capacity import (
    collecting,
    free_memory,
    monitoring,
    preloading,
    restart_forecast,
    workers_that_fit,
)
from heapdiff.analysis.waste.ground.worker import Heap, Worker
from heapdiff.answers import Finding

HEAP_RULES: Final[tuple[Callable[[Heap], Iterable[Finding]], ...]] = (collecting.find_uncollected,)
WORKER_RULES: Final[tuple[Callable[[Worker], Iterable[Finding]], ...]] = (
    restart_forecast.find_forecast,
    workers_that_fit.find_misfit,
    preloading.find_unshared,
    free_memory.find_free_memory,
    monitoring.find_blind_spots,
)
