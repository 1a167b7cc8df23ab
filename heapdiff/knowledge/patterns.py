"""All patterns in their order: what is more telling than the kind of the holder comes first, the most general last."""

from __future__ import annotations

from typing import Final

from heapdiff.knowledge.clients import CLIENTS
from heapdiff.knowledge.flask import CONTEXTS, FLASK
from heapdiff.knowledge.pattern import Pattern
from heapdiff.knowledge.python import CONTAINERS, HANDMADE, LOGGING, TABLES

PATTERNS: Final[tuple[Pattern, ...]] = (
    *CONTEXTS,
    *CONTAINERS,
    *LOGGING,
    *FLASK,
    *CLIENTS,
    *HANDMADE,
    *TABLES,
)
