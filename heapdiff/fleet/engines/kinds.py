"""Which engine a user means by what is written behind `--engine`. Data and one function; imports no engine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from heapdiff.errors import UsageError
from heapdiff.escaping import escape_terminal

DEFAULT: Final = "duckdb"
HINT: Final = "Use duckdb, sc://HOST:PORT (Spark Connect), spark://HOST:PORT or local[N] (PySpark)."


class EngineKind(Enum):
    """How a question reaches it."""

    EMBEDDED = "embedded"
    CONNECT = "connect"
    CLASSIC = "classic"


@dataclass(frozen=True, slots=True)
class Engine:
    """`address` is what the engine's own client takes; empty for the one in this process."""

    kind: EngineKind
    address: str = ""


HOST: Final = r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])"
FORMS: Final = (
    (EngineKind.EMBEDDED, re.compile(DEFAULT)),
    (EngineKind.CONNECT, re.compile(rf"sc://{HOST}(?::\d{{1,5}})?(?:/[A-Za-z0-9_.;=@%+/-]{{0,500}})?")),
    (EngineKind.CLASSIC, re.compile(rf"spark://{HOST}:\d{{1,5}}(?:,{HOST}:\d{{1,5}}){{0,9}}")),
    (EngineKind.CLASSIC, re.compile(r"local(?:\[(?:\*|[1-9]\d{0,3})\])?")),
)


def parse_engine(text: str) -> Engine:
    """Raises UsageError for what is no engine's address."""
    for kind, form in FORMS:
        if form.fullmatch(text):
            return Engine(kind, "" if kind is EngineKind.EMBEDDED else text)
    raise UsageError(f"--engine {escape_terminal(text[:80])}: not an engine", HINT)
