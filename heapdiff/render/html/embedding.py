"""What the page's scripts read: columns of numbers beside one list of names. No text of a page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from heapdiff.answers import GroupKind, OwnerMap, Report, TypeGrowth
from heapdiff.model import Summary
from heapdiff.render.escape import shorten

CONTROL_GROUP: Final = "control group, all processes"
RSS: Final = "rss"
MOST_TYPES: Final = 5_000
MOST_POINTS: Final = 2_000
LABELS: Final = (160, 96, 48, 24)  # cells of a name
MOST_NAME_BYTES: Final = 400_000  # of all names of a map or a table; else each is cut short
KINDS: Final = tuple(GroupKind)


def embed(report: Report) -> dict[str, Any]:
    """All of it; a part for which there is too little is None."""
    compared = len(report.snapshots) > 1
    return {
        "growth": _growth(report.summaries),
        "equation": _equation(report),
        "owners": embed_owners(report.owners) if report.owners is not None else None,
        "types": _types(report.types[:MOST_TYPES], compared),
    }


def name_terms(report: Report) -> list[str]:
    """The terms of the memory equation that add up, in their order."""
    return [term.name for term in report.memory[-1] if term.name not in (RSS, CONTROL_GROUP)]


def name_snapshots(summaries: Sequence[Summary]) -> list[str]:
    """What a snapshot is called where it is one of several: its label, else its time."""
    return [shorten(each.label, 24) if each.label else each.captured_at[11:19] for each in summaries]


def embed_owners(owners: OwnerMap) -> dict[str, Any]:
    groups = owners.groups
    limit = _label_limit([text for group in groups for text in (group.label, group.type)])
    names: dict[str, int] = {}
    cut = {
        text: shorten(text, limit)
        for text in {each for group in groups for each in (group.label, group.type)}
    }
    compared = len(owners.snapshots) > 1
    return {
        "kinds": [kind.value for kind in KINDS],
        "parent": [group.parent for group in groups],
        "kind": [KINDS.index(group.kind) for group in groups],
        "label": [names.setdefault(cut[group.label], len(names)) for group in groups],
        "type": [names.setdefault(cut[group.type], len(names)) for group in groups],
        "merged": [group.merged for group in groups],
        "objects": [group.objects for group in groups],
        "bytes": [group.bytes for group in groups],
        "own": [group.own_bytes for group in groups],
        "before": [group.bytes_before[0] for group in groups] if compared else None,
        "names": list(names),
    }


def _label_limit(texts: Sequence[str]) -> int:
    """How long a name may be, in cells, so that all together stay small; each is there once."""
    distinct = set(texts)
    for limit in LABELS[:-1]:
        if sum(len(text[:limit].encode("utf-8", "replace")) for text in distinct) <= MOST_NAME_BYTES:
            return limit
    return LABELS[-1]


def _types(types: Sequence[TypeGrowth], compared: bool) -> dict[str, Any] | None:
    if not types:
        return None
    limit = _label_limit([each.type for each in types])
    return {
        "type": [shorten(each.type, limit) for each in types],
        "count": [each.count_after for each in types],
        "bytes": [each.bytes_after for each in types],
        "before": [each.count_before for each in types] if compared else None,
        "bytesBefore": [each.bytes_before for each in types] if compared else None,
    }


def _equation(report: Report) -> dict[str, Any] | None:
    names = name_terms(report)
    rows = [{term.name: term.after for term in terms} for terms in report.memory]
    if not all(row.keys() >= set(names) for row in rows):
        names = [name for name in names if all(name in row for row in rows)]
    return {
        "names": name_snapshots(report.summaries),
        "terms": [shorten(name, LABELS[0]) for name in names],
        "rows": [[row[name] for name in names] for row in rows],
    }


def _growth(summaries: Sequence[Summary]) -> dict[str, Any] | None:
    """Resident memory and Python objects over time; None where there is no more than one point."""
    resident = dict(_history(summaries[-1]))
    resident.update((_when(each), each.memory.rss_bytes) for each in summaries)
    points = sorted(resident.items())
    if len(points) < 2:
        return None
    step = -(-len(points) // MOST_POINTS)
    lines = [{"name": "RSS", "points": [[at, size] for at, size in points[::step]]}]
    if len(summaries) > 1:
        objects = [[_when(each), each.memory.python_object_bytes] for each in summaries]
        lines.append({"name": "Python objects", "points": objects})
    return {"lines": lines}


def _history(summary: Summary) -> list[tuple[int, int]]:
    """What the agent saw between snapshots."""
    history = summary.memory.history
    if history is None:
        return []
    now = _when(summary)
    return [(now - age, size) for age, size in zip(history.age_ms, history.rss_bytes, strict=True)]


def _when(summary: Summary) -> int:
    """Milliseconds since 1970; 0 of what is no time."""
    try:
        moment = datetime.fromisoformat(summary.captured_at)
    except ValueError:
        return 0
    return round((moment - datetime.fromtimestamp(0, moment.tzinfo)) / timedelta(milliseconds=1))
