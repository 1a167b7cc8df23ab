"""Holders of databases and of clients of other services."""

from __future__ import annotations

from typing import Final

from heapdiff.knowledge.pattern import Pattern

CLIENTS: Final = (
    Pattern(
        "Sessions of SQLAlchemy keep every object loaded until they are closed.",
        "Close the session at the end of the request (`with Session() as session`, or `remove()`).",
        path=r"identity_map|_registry|scoped_session",
        through=r"^(flask_)?sqlalchemy\.",
    ),
    Pattern(
        "Engines are made per request; each keeps a pool, a dialect and compiled statements.",
        "Call create_engine once per process.",
        held="sqlalchemy.engine.base.Engine",
    ),
    Pattern(
        "Compiled statements of SQLAlchemy, at most about 500 per engine.",
        "Nothing to do, unless engines are made per request.",
        path=r"_compiled_cache",
        through=r"^sqlalchemy\.",
        most=750,
    ),
    Pattern(
        "Each combination of label values is a time series that the client keeps for ever.",
        "Take ids, paths and messages out of the labels.",
        path=r"\bREGISTRY\b|\._metrics\b|_names_to_collectors",
        through=r"^prometheus_client\.",
    ),
    Pattern(
        "Each requests.Session keeps its own pool of connections.",
        "Use one Session per process or `with requests.Session()`.",
        held="requests.sessions.Session",
    ),
    Pattern(
        "Connections to SQLite stay open until they are closed.",
        "Close them (`contextlib.closing`); `with connection` only ends the transaction.",
        held="sqlite3.Connection",
    ),
)
