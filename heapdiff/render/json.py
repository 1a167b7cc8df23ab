"""Findings as JSON: the values' own shape plus a `schema` field. ASCII only, the same bytes each time."""

import json
from dataclasses import asdict, is_dataclass, replace
from typing import Any

from heapdiff.answers import Comparison, Comparisons


def render_json(schema: str, finding: object, **parts: str) -> str:
    """The document for one finding: `schema` first, then its fields in their order. Ends with a newline.

    `parts` are fields that hold a list of findings, and the schema of those.
    """
    content = _with_schema(schema, finding)
    for name, inner in parts.items():
        content[name] = [_with_schema(inner, part) for part in getattr(finding, name)]
    text = json.dumps(content, indent=2, ensure_ascii=True, allow_nan=False)
    return text.replace("\x7f", "\\u007f") + "\n"  # DEL is ASCII, and no less a control character


def _with_schema(schema: str, finding: object) -> dict[str, Any]:
    if not is_dataclass(finding) or isinstance(finding, type):
        raise TypeError(f"not a finding: {type(finding).__name__}")
    return {"schema": schema, **asdict(finding)}


def render_comparison_json(answer: Comparison | Comparisons, limit: int | None = None) -> str:
    """`compare/1`, or `comparisons/1` of several processes, with at most `limit` suspects and types of each."""
    if isinstance(answer, Comparison):
        return render_json("compare/1", _shorten(answer, limit))
    processes = tuple(_shorten(each, limit) for each in answer.processes)
    shortened = replace(answer, shared=answer.shared[:limit], processes=processes)
    return render_json("comparisons/1", shortened, processes="compare/1")


def _shorten(comparison: Comparison, limit: int | None) -> Comparison:
    return replace(comparison, suspects=comparison.suspects[:limit], types=comparison.types[:limit])
