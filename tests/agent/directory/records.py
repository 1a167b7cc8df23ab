"""Records as no agent writes them: of the wrong shape, or in one field of the wrong type."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from tests.processes import agent_files

__all__ = ["HOSTILE_RECORDS", "forge"]

HOSTILE_RECORDS: Final[dict[str, bytes | dict[str, object]]] = {
    "deep": b"[" * 60_000,
    "deep inside": b'{"pid": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "not UTF-8": b'{"pid": "\xff"}',
    "a name twice": b'{"pid": 1, "pid": 1}',
    "too long": b" " * 70_000 + b"{}",
    "NaN": {"started_ticks": float("nan")},
    "a huge number": {"image": 1 << 200},
    "a negative number": {"started_ticks": -1},
    "true": {"signal": True},
    "no signal": {"signal": 65},
    "a fraction": {"started_ticks": 1e300},
    "an object for a text": {"obstacle": {"a": 1}},
    "a list for a host": {"host": ["x"]},
    "null for a host": {"host": None},
    "a number for an engine": {"engine": 7},
    "a text for a flag": {"socket": "no"},
}


def forge(directory: Path, pid: int, content: bytes | dict[str, object]) -> None:
    """Put these bytes in place of a process's record, or change its fields."""
    record, _ = agent_files(directory, pid)
    if isinstance(content, dict):
        content = json.dumps({**json.loads(record.read_text()), **content}).encode()
    record.write_bytes(content)
