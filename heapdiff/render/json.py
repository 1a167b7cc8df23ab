"""Findings as JSON: the values' own shape plus a `schema` field. ASCII only, the same bytes each time."""

from __future__ import annotations

import json
from dataclasses import asdict, is_dataclass
from typing import Any


def render_json(schema: str, finding: object) -> str:
    """The document for one finding: `schema` first, then its fields in their order. Ends with a newline."""
    if not is_dataclass(finding) or isinstance(finding, type):
        raise TypeError(f"not a finding: {type(finding).__name__}")
    content: dict[str, Any] = {"schema": schema, **asdict(finding)}
    return json.dumps(content, indent=2, ensure_ascii=True, allow_nan=False) + "\n"
