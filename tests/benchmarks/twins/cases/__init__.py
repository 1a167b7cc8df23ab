"""All pairs, by the room of their rules."""

from tests.benchmarks.twins.case import Twin
from tests.benchmarks.twins.cases import caching, connections, copies, held, modules, structures

TWINS: tuple[Twin, ...] = (
    *structures.TWINS,
    *copies.TWINS,
    *connections.TWINS,
    *caching.TWINS,
    *held.TWINS,
    *modules.TWINS,
)
