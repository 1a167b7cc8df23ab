"""What to do about a suspect, from what is known of its kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from heapdiff.knowledge.pattern import Pattern
from heapdiff.knowledge.python import CONTAINER_ADVICE

MOST_ADVICE: Final = 2


def advise(patterns: Sequence[Pattern], holder_type: str) -> tuple[str, ...]:
    """At most two pieces of advice, from the patterns or else for the type of container."""
    known = tuple(dict.fromkeys(pattern.advice for pattern in patterns))[:MOST_ADVICE]
    general = CONTAINER_ADVICE.get(holder_type)
    return known or (() if general is None else (general,))
