"""Reports for the page's proofs: of a small shop, and the same with the worst names that a snapshot can have."""

from __future__ import annotations

import random
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, Final, TypeVar, cast

from heapdiff.analysis import build_report
from heapdiff.answers import Report, TypeGrowth
from heapdiff.format import EdgeKind, RootKind
from tests.analysis.summaries import captures
from tests.builder import GraphBuilder

__all__ = ["HOSTILE", "large", "poison", "shop"]

Value = TypeVar("Value")
HOSTILE: Final = (
    "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'`[bold]{{7*7}}{%x%}\x1b[31m\u202egnp.exe\u200b\ud800"
    "=cmd()|'/c calc'!A1<!--<svg onload=alert(3)>-->javascript:alert(4)&lt;\u2028\\\\\0"
)
KEPT: Final = frozenset(
    ("captured_at", "started_at", "address", "page")
)  # no name, and read as something else
SHOP: Final = """
    module shop.cache of application
    module json.decoder of standard
    shop.cache.SESSIONS: dict size=300 -> [*]: shop.models.Session * {sessions} size=1000 -> .tags: list size=50
    shop.cache.ROWS: list -> []: bytes * 2 size=1000
    json.decoder.Z: list
    orphan: list size=9999
"""


def shop(*sessions: int) -> Report:
    """A leak of sessions: so many in each snapshot."""
    graphs = captures(*(SHOP.replace("{sessions}", str(each)) for each in sessions), requests=100)
    return build_report(graphs)


def poison(value: Value, text: str = HOSTILE) -> Value:
    """The same answer with every text in it hostile."""
    return cast("Value", _poison(value, text, ""))


def _poison(value: Any, text: str, name: str) -> Any:
    if isinstance(value, Enum) or name in KEPT:
        return value
    if isinstance(value, str):
        return f"{value} {text}"
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value,
            **{each.name: _poison(getattr(value, each.name), text, each.name) for each in fields(value)},
        )
    if isinstance(value, tuple):
        return tuple(_poison(each, text, name) for each in value)
    if isinstance(value, dict):
        return {_poison(key, text, ""): each for key, each in value.items()}
    return value


def large(types: int = 6_000, variables: int = 5_200, letters: int = 100) -> Report:
    """A heap whose code is larger than any: so many types and module variables, each with a long name."""
    chance, builder = random.Random(7), GraphBuilder()
    names = [f"{'x' * 20}{'界' * (letters // 2)}.T{number}" for number in range(types)]
    owner = builder.add_object("dict", size=1000)
    module = builder.add_object("module", size=70, name="shop.models")
    builder.add_edge(module, owner, EdgeKind.ATTRIBUTE, name="__dict__")
    builder.add_root(RootKind.MODULE, "shop.models", module)
    for number, name in enumerate(names[:variables]):
        made = builder.add_object(name, size=chance.randint(100, 10_000))
        key = builder.add_object("str", size=60, name=f"v{number}{'名' * (letters // 2)}")
        builder.add_item(owner, key, made)
    graph = captures("shop.A: list")[0]
    built = builder.build(graph.summary)
    report = build_report([built])
    growth = tuple(TypeGrowth(name, 1, 2, 1, 100, 100 + at, at, 1.0) for at, name in enumerate(names))
    return replace(report, types=growth)
