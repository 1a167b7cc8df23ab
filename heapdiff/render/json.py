"""Findings as JSON: the values' own shape plus a `schema` field. ASCII only, the same bytes each time."""

import json
from dataclasses import asdict, is_dataclass
from typing import Any


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
