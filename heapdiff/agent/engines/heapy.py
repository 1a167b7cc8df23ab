"""The `heapy` engine's child: guppy3 counts objects by type. Summary only; no graph.

guppy3 calls into some objects of the application and gives every instance a `__dict__`; in the child, that
harms nobody.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from heapdiff.agent.engines.forked.child_process import Parent
from heapdiff.agent.engines.gc.types import describe_type
from heapdiff.agent.system.threads import RunningThreads, restore_threads
from heapdiff.agent.writing.job import Found, Job, rank_types, write_summary

_heapy: Any = None


def prepare_heapy() -> str | None:
    """Load guppy3 and all that a count needs, as a child must not import; why not, when it is not there."""
    global _heapy
    try:
        from guppy import hpy

        _heapy = hpy()
        list(count_types(_heapy.iso(object())))
    except Exception as error:
        return f"guppy3 cannot be used ({type(error).__name__}: {error})"
    return None


def capture_with_heapy(job: Job, threads: RunningThreads, parent: Parent) -> dict[str, Any]:
    """Count and write the summary; returns what the parent wants to know about it."""
    restore_threads(threads)
    started = time.perf_counter()
    types = rank_types(count_types(_heapy.heap()))
    found = Found(
        objects=sum(count.count for count in types),
        references=0,
        bytes=sum(count.bytes for count in types),
        types=types,
        walk_ms=(time.perf_counter() - started) * 1000,
        graph=None,
    )
    return write_summary(job, found, parent.pause_ms())


def count_types(found: Any) -> Iterator[tuple[str, int, int]]:
    """Name, count and bytes of each type in one of guppy3's sets."""
    for row in found.bytype.partition.get_rows(0):
        module, qualname = describe_type(row.kind.arg)
        yield qualname if module in ("builtins", "") else f"{module}.{qualname}", row.count, row.size
