"""The memory equation: where the process's memory went between two snapshots, term by term."""

from __future__ import annotations

from heapdiff.model import MemoryChange, MemoryUse, Summary

__all__ = ["compute_memory_change", "unexplained_growth"]


def compute_memory_change(before: Summary, after: Summary) -> tuple[MemoryChange, ...]:
    """Every term that both snapshots know, the process first, then Python objects, allocator and control
    group.
    """
    old, new = _terms(before.memory), _terms(after.memory)
    return tuple(
        MemoryChange(name, old[name], new[name], new[name] - old[name]) for name in new if name in old
    )


def unexplained_growth(before: Summary, after: Summary) -> int:
    """Bytes by which the process grew more than its Python objects did; 0 where it did not."""
    process = after.memory.rss_bytes - before.memory.rss_bytes
    objects = after.memory.python_object_bytes - before.memory.python_object_bytes
    return max(0, process - max(0, objects))


def _terms(memory: MemoryUse) -> dict[str, int]:
    terms = {"rss": memory.rss_bytes}
    if memory.pss_bytes is not None:
        terms["pss"] = memory.pss_bytes
    if memory.private_bytes is not None:
        terms["private"] = memory.private_bytes
    terms["python objects"] = memory.python_object_bytes
    for name, value in sorted(memory.allocator.items()):
        terms[f"allocator {_words(name)}"] = value
    for name, value in sorted((memory.cgroup or {}).items()):
        terms[f"cgroup {_words(name)}"] = value
    return terms


def _words(name: str) -> str:
    return name.removesuffix("_bytes").replace("_", " ")
