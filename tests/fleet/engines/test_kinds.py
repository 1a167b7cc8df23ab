"""Which engine is meant, and what is none."""

from __future__ import annotations

import pytest

from heapdiff.errors import UsageError
from heapdiff.fleet.engines.kinds import EngineKind, parse_engine


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("duckdb", EngineKind.EMBEDDED),
        ("sc://localhost:50051", EngineKind.CONNECT),
        ("sc://spark.example.com:443/;use_ssl=true;token=abc", EngineKind.CONNECT),
        ("sc://[::1]:15002", EngineKind.CONNECT),
        ("spark://one:7077,two:7077", EngineKind.CLASSIC),
        ("local", EngineKind.CLASSIC),
        ("local[2]", EngineKind.CLASSIC),
        ("local[*]", EngineKind.CLASSIC),
    ],
)
def test_an_engine_is_known_by_its_address(text: str, kind: EngineKind) -> None:
    engine = parse_engine(text)
    assert (engine.kind, engine.address) == (kind, "" if text == "duckdb" else text)


@pytest.mark.parametrize(
    "text", ["", "postgres://x", "sc://", "spark://host", "local[0]", "duckdb ", "sc://a b", "sc://x\x1b[2J"]
)
def test_what_is_no_engine_is_refused_in_a_line_that_steers_nothing(text: str) -> None:
    with pytest.raises(UsageError, match="not an engine") as caught:
        parse_engine(text)
    assert caught.value.message.isprintable()
