"""`docs/json.md` from the answers' own classes: each document, then the values in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from tests.documents.from_code.schemas import SCHEMAS, Shape, parts_of, shape_of

__all__ = ["render_schemas"]

HEAD: Final = """\
# JSON answers

`--format json` prints one ASCII document, whose field `schema` says which of these it is. Fields may be added; none is renamed or
removed while the number stays the same. Sizes are in bytes, times in the unit that a field's name ends with. In Python, the same
values are [objects](api.md#answers).

The site has each of them as a JSON Schema: `schemas/compare-1.json`, and so on. The `.json` of a snapshot is described with
[its format](format.md).

"""
PARTS: Final = """\
## Values

"""


def render_schemas() -> str:
    """The page: a section for each document, one for each value that they consist of."""
    parts = {part: None for answer in SCHEMAS.values() for part in parts_of(answer.value)}
    whole = {answer.value for answer in SCHEMAS.values()}
    return "".join((HEAD, *_documents(), PARTS, *_values(part for part in parts if part not in whole)))


def _documents() -> Iterator[str]:
    for name, answer in SCHEMAS.items():
        yield f"## {name}\n\nOf `{answer.command}`; in Python `{answer.value.__name__}`.\n\n"
        yield from _section(shape_of(answer.value), {**answer.parts})


def _values(parts: Iterable[type]) -> Iterator[str]:
    for part in sorted(parts, key=lambda part: part.__name__):
        yield f"### {part.__name__}\n\n"
        yield from _section(shape_of(part), {})


def _section(shape: Shape, documents: dict[str, str]) -> Iterator[str]:
    if "description" in shape:
        yield f"{_prose(shape['description'])}\n\n"
    if "enum" in shape:
        yield f"One of {', '.join(f'`{word}`' for word in shape['enum'])}.\n\n"
        return
    yield "| field | value |\n|---|---|\n"
    for name, kind in shape["properties"].items():
        told = f"list of {_link(documents[name])}" if name in documents else _told(kind)
        yield f"| `{name}` | {told} |\n"
    yield "\n"


def _told(kind: dict[str, Any]) -> str:
    """`list of [Suspect](#suspect)`, `integer or null`."""
    if not kind:
        return "anything that JSON can say"
    if "$ref" in kind:
        return _link(kind["$ref"].rpartition("/")[2])
    if "anyOf" in kind:
        return " or ".join(_told(each) for each in kind["anyOf"])
    if "enum" in kind:
        return " or ".join(f"`{word}`" for word in kind["enum"])
    if "prefixItems" in kind:
        return f"list: {', '.join(_told(each) for each in kind['prefixItems'])}"
    if kind["type"] == "array":
        return f"list of {_told(kind['items'])}"
    if "additionalProperties" in kind:
        return f"object of {_told(kind['additionalProperties'])} by name"
    return str(kind["type"])


def _link(name: str) -> str:
    slug = name.lower().replace("/", "")
    return f"[{name}](#{slug})"


def _prose(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "\\<")
