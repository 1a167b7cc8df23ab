"""JSON Schemas of the answers, from the frozen values that `render_json` writes. Draws on the code alone."""

from __future__ import annotations

import dataclasses
import inspect
import types
import typing
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Final

from heapdiff import answers
from heapdiff.answers.importing import Imports
from heapdiff.flask.lines.line_figures import LinesAnswer

__all__ = ["DIALECT", "SCHEMAS", "Answer", "parts_of", "schema_of", "shape_of"]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
Shape = dict[str, Any]
NAMED: Final[Mapping[Any, Shape]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    Any: {},
}


@dataclasses.dataclass(frozen=True)
class Answer:
    """One kind of document: which command prints it, its value's class, and fields whose parts have a schema of their own."""

    command: str
    value: type
    parts: Mapping[str, str] = dataclasses.field(default_factory=dict)


SCHEMAS: Final[Mapping[str, Answer]] = {
    "compare/1": Answer("heapdiff compare", answers.Comparison),
    "comparisons/1": Answer("heapdiff compare", answers.Comparisons, {"processes": "compare/1"}),
    "advice/1": Answer("heapdiff advise", answers.Advice),
    "show/1": Answer("heapdiff show", answers.Inventory),
    "since/1": Answer("heapdiff show --since", answers.Newcomers),
    "why/1": Answer("heapdiff why", answers.Why),
    "tree/1": Answer("heapdiff tree", answers.Tree),
    "query/1": Answer("heapdiff query", answers.Rows),
    "cache/1": Answer("heapdiff cache", answers.Stored),
    "leaks/1": Answer("heapdiff fleet leaks", answers.FleetLeaks),
    "leak/1": Answer("heapdiff fleet show", answers.FleetLeakHistory),
    "workers/1": Answer("heapdiff fleet workers", answers.FleetWorkers),
    "releases/1": Answer("heapdiff fleet releases", answers.FleetReleases),
    "gate/1": Answer("heapdiff fleet gate", answers.Gate),
    "ingested/1": Answer("heapdiff fleet ingest", answers.Ingested),
    "ps/1": Answer("heapdiff ps", answers.ArmedProcesses),
    "sample/1": Answer("heapdiff sample", answers.SampledProcesses),
    "watch/1": Answer("heapdiff watch", answers.Watched),
    "trim/1": Answer("heapdiff trim", answers.Trimmed),
    "imports/1": Answer("heapdiff imports", Imports),
    "doctor/1": Answer("heapdiff doctor", answers.Checkup),
    "lines/1": Answer("flask heapdiff lines", LinesAnswer),
}


def schema_of(name: str) -> Shape:
    """The whole schema of one kind of document. Fields may be added while its number stays, so others are allowed."""
    answer = SCHEMAS[name]
    used = dict(_definitions(answer.value))
    shape = shape_of(answer.value)
    for other in answer.parts.values():
        used[SCHEMAS[other].value.__name__] = _named(other, shape_of(SCHEMAS[other].value))
    return {"$schema": DIALECT, "title": name, **_named(name, shape), "$defs": used}


def _named(name: str, shape: Shape) -> Shape:
    properties = {"schema": {"const": name}, **shape["properties"]}
    return {**shape, "properties": properties, "required": ["schema", *shape["required"]]}


def _definitions(value: type) -> Iterator[tuple[str, Shape]]:
    for part in parts_of(value):
        yield part.__name__, shape_of(part)


def parts_of(value: type) -> list[type]:
    """The values that a value consists of, however deep, each once, in the order of its fields."""
    found: dict[type, None] = {}
    waiting = [value]
    while waiting:
        for kind in typing.get_type_hints(waiting.pop(0)).values():
            new = [part for part in _classes(kind) if part not in found and part is not value]
            found |= dict.fromkeys(new)
            waiting += [part for part in new if dataclasses.is_dataclass(part)]
    return list(found)


def _classes(kind: Any) -> Iterator[type]:
    if isinstance(kind, type) and (dataclasses.is_dataclass(kind) or issubclass(kind, Enum)):
        yield kind
    for inner in typing.get_args(kind):
        yield from _classes(inner)


def shape_of(kind: type) -> Shape:
    """One value's own fields, or an enumeration's words."""
    described = {"description": words} if (words := _words_on(kind)) else {}
    if issubclass(kind, Enum):
        return {**described, "enum": [each.value for each in kind]}
    hints = typing.get_type_hints(kind)
    names = [field.name for field in dataclasses.fields(kind)] if dataclasses.is_dataclass(kind) else []
    return {
        **described,
        "type": "object",
        "properties": {name: _shape(hints[name]) for name in names},
        "required": names,
    }


def _words_on(kind: type) -> str:
    """Its docstring, if somebody wrote one: without, a dataclass has its fields there."""
    own = str(kind.__dict__.get("__doc__") or "")
    return "" if own.startswith(f"{kind.__name__}(") else " ".join(inspect.cleandoc(own).split())


def _shape(kind: Any) -> Shape:
    if kind in NAMED:
        return NAMED[kind]
    if isinstance(kind, type):
        return {"$ref": f"#/$defs/{kind.__name__}"}
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return {"anyOf": [_shape(each) for each in inner]}
    if origin is typing.Literal:
        return {"enum": list(inner)}
    if origin is tuple and inner[-1] is Ellipsis:
        return {"type": "array", "items": _shape(inner[0])}
    if origin is tuple:
        return {"type": "array", "prefixItems": [_shape(each) for each in inner], "items": False}
    if origin is not None and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _shape(inner[1])}
    raise TypeError(f"no JSON for {kind}")
