"""Summaries and comparisons as heapdiff writes them, of workers that never were."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

BEGAN: Final = datetime(2026, 11, 20, 8, tzinfo=UTC)
TYPES: Final = 449  # of a real worker; its summary has 30 kB
Document = dict[str, Any]


def moment(minutes: float, start: datetime = BEGAN) -> str:
    return (start + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def identity(worker: int) -> str:
    return f"{100 + worker}-{7000 + worker}-4026531836-d89b44863126"


def process(worker: int, **more: Any) -> Document:
    return {
        "pid": 100 + worker,
        "parent_pid": 1,
        "host": f"host-{worker}",
        "started_at": moment(-60),
        "identity": identity(worker),
        "service": "shop",
        "environment": "production",
        "release": "1.4.2",
        "pod": f"shop-{worker}",
        "argv": ["gunicorn", "shop:app"],
        "python": "3.11.7",
        "server": "gunicorn",
        "requests": 1000,
        **more,
    }


def summary(worker: int = 1, minutes: float = 0, types: int = 3, **more: Any) -> Document:
    """A snapshot's `.json`."""
    taken = moment(minutes)
    return {
        "schema": "snapshot/1",
        "heapdiff": "0.1.0",
        "id": f"host-{worker}-{100 + worker}-{minutes:04}",
        "label": None,
        "captured_at": taken,
        "process": process(worker),
        "trigger": "timer",
        "values": False,
        "collector": None,
        "capture": {
            "engine": "native",
            "pause_ms": 14.7,
            "walk_ms": 313.1,
            "child_private_bytes": 3_072_000,
            "objects": 181_696,
            "references": 417_854,
            "bytes": 23_335_223,
            "counted": "all",
        },
        "memory": {
            "rss_bytes": 38_518_784,
            "pss_bytes": None,
            "private_bytes": None,
            "python_object_bytes": 23_335_223,
            "allocator": {"anonymous_bytes": 177_438_720},
            "cgroup": {"current_bytes": 892_116_992, "limit_bytes": 2_000_000_000},
        },
        "types": [
            {
                "type": f"werkzeug.routing.rules.Rule{number:03}",
                "count": 120 + number,
                "bytes": 9_000 + number,
            }
            for number in range(types)
        ],
        "notes": [],
        "graph": None,
        **more,
    }


def reference(worker: int, minutes: float, **more: Any) -> Document:
    """A line of a comparison's head."""
    own = process(worker)
    return {
        "path": f"/heaps/{worker}-{minutes}.json",
        "id": f"host-{worker}-{100 + worker}-{minutes:04}",
        "captured_at": moment(minutes),
        "objects": 181_696,
        "bytes": 23_335_223,
        "rss_bytes": 38_000_000 + round(minutes * 1000),
        "requests": 1000 + round(minutes * 10),
        "label": None,
        **{name: own[name] for name in ("pid", "host", "started_at", "identity")},
        **{name: own[name] for name in ("service", "environment", "release", "pod")},
        **more,
    }


def suspect(rank: int = 1, **more: Any) -> Document:
    return {
        "rank": rank,
        "holder": {
            "path": "shop.cache.SESSIONS",
            "type": "dict",
            "kind": "module-global",
            "address": "0x7f3c4a0c3ac0",
            "length_before": 1000,
            "length_after": 3000,
            "known_as": "",
        },
        "holds": [
            {"type": "shop.models.Session", "count_delta": 2000, "bytes_delta": 224_000},
            {"type": "str", "count_delta": 6000, "bytes_delta": 439_500},
        ],
        "objects_delta": 14_500,
        "bytes_delta": 1_137_324,
        "bytes_per_request": 567.5,
        "chain": [],
        "fingerprint": f"163171cfad{rank:02}",
        "confidence": "high",
        "reason": "It gained 2,000 entries.",
        "advice": [],
        "entries": {
            "count_delta": 2000,
            "retained_bytes_each": 453,
            "type": "shop.models.Session",
            "along": "",
        },
        "own": True,
        "allocated": [
            {
                "file": "shop/cache.py",
                "line": 24,
                "function": "session_for",
                "entry": {"kind": "flask-hook", "name": "shop.views.open_session"},
                "samples": 55,
                "share": 1.0,
                "bytes": 321_308,
                "agrees": True,
            }
        ],
        **more,
    }


def comparison(
    worker: int = 1, minutes: Sequence[float] = (0, 10), suspects: int = 1, **more: Any
) -> Document:
    """A `compare/1`."""
    return {
        "schema": "compare/1",
        "snapshots": [reference(worker, each) for each in minutes],
        "verdict": {"kind": "leak", "text": "It leaks."},
        "memory": [],
        "suspects": [suspect(number) for number in range(1, suspects + 1)],
        "types": [],
        "garbage": {"objects": 0, "bytes": 0, "types": [], "allocated": []},
        "notes": [],
        "commands": [],
        "advice": [],
        **more,
    }


def write(path: Path, document: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document), "utf-8")
    return path
