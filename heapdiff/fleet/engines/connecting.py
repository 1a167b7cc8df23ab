"""Opens a lake in the engine that the user chose."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from heapdiff.fleet.engines.asked import Asked
from heapdiff.fleet.engines.kinds import Engine, EngineKind
from heapdiff.fleet.lake.lake import Lake

__all__ = ["open_engine"]


@contextmanager
def open_engine(lake: Lake, engine: Engine, memory_bytes: int) -> Iterator[Asked]:
    """The lake's tables in the engine. `memory_bytes` bounds the one in this process.

    Raises MissingToolError without its package, UsageError where it doesn't answer, LakeError for a lake that isn't one.
    """
    if engine.kind is EngineKind.EMBEDDED:
        from heapdiff.fleet.engines.embedded import open_embedded

        with open_embedded(lake, memory_bytes) as asked:
            yield asked
    else:
        from heapdiff.fleet.engines.spark import open_spark

        with open_spark(lake, engine) as asked:
            yield asked
