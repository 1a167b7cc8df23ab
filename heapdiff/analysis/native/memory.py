"""The memory equation: where the process's memory went between two snapshots, in terms that add up to it."""

from collections.abc import Set
from typing import Final

from heapdiff.answers import MemoryChange
from heapdiff.model import MemoryUse, Summary

RSS: Final = "rss"
OBJECTS: Final = "python objects"
PYTHON_FREE: Final = "python allocator, free"
IN_USE: Final = "other malloc in use"
MALLOC_FREE: Final = "malloc, free"
OTHER_MAPPINGS: Final = "stacks and other mappings"
WITH_MALLOC: Final = "malloc, stacks and other mappings"
FILES: Final = "mapped files"
REST: Final = "everything else"
CONTROL_GROUP: Final = "control group, all processes"
FREE_TERMS: Final = (PYTHON_FREE, MALLOC_FREE)
NATIVE_TERMS: Final = (IN_USE, OTHER_MAPPINGS, WITH_MALLOC)


def compute_memory_change(before: Summary, after: Summary) -> tuple[MemoryChange, ...]:
    """The process, then the terms that make it up as far as both snapshots know them, then the control group.

    The terms between `rss` and the control group add up to `rss`, before, after, and in what changed.
    """
    known = before.memory.allocator.keys() & after.memory.allocator.keys()
    old, new = _terms(before.memory, known), _terms(after.memory, known)
    return tuple(
        MemoryChange(name, old[name], new[name], new[name] - old[name]) for name in new if name in old
    )


def compute_unexplained(before: Summary, after: Summary) -> int:
    """Bytes by which the process grew more than its Python objects did; negative where it shrank."""
    old, new = before.memory, after.memory
    return new.rss_bytes - old.rss_bytes - max(0, new.python_object_bytes - old.python_object_bytes)


def _terms(memory: MemoryUse, known: Set[str]) -> dict[str, int]:
    """The terms for which both snapshots have the figures."""
    figures = memory.allocator
    python = {"pymalloc_used_bytes", "pymalloc_free_bytes"} <= known
    malloc = {"malloc_used_bytes", "malloc_free_bytes"} <= known
    mapped = "anonymous_bytes" in known
    parts = {OBJECTS: memory.python_object_bytes}
    if python:
        parts[PYTHON_FREE] = figures["pymalloc_free_bytes"]
    if python and malloc:
        in_use = figures["pymalloc_used_bytes"] + figures["malloc_used_bytes"]
        parts[IN_USE] = max(0, in_use - memory.python_object_bytes)
    if malloc:
        parts[MALLOC_FREE] = figures["malloc_free_bytes"]
    anonymous = figures["anonymous_bytes"] if mapped else memory.rss_bytes
    _leave_out_absent(parts, anonymous)
    if mapped:
        parts[OTHER_MAPPINGS if IN_USE in parts else WITH_MALLOC] = anonymous - sum(parts.values())
        parts[FILES] = memory.rss_bytes - anonymous
    else:
        parts[REST] = memory.rss_bytes - sum(parts.values())
    terms = {RSS: memory.rss_bytes, **parts}
    if memory.cgroup and "current_bytes" in memory.cgroup:
        terms[CONTROL_GROUP] = memory.cgroup["current_bytes"]
    return terms


def _leave_out_absent(parts: dict[str, int], present: int) -> None:
    """Allocated is not yet present: take what was never touched, given back or swapped out from the terms.

    From free memory first, for that is what allocators give back.
    """
    absent = max(0, sum(parts.values()) - present)
    for name in (MALLOC_FREE, PYTHON_FREE, IN_USE):
        taken = min(absent, parts.get(name, 0))
        if taken:
            parts[name] -= taken
            absent -= taken
