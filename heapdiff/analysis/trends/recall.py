"""Which of the well-known patterns a holder matches. The patterns themselves are `knowledge`'s."""

from __future__ import annotations

from heapdiff.knowledge.pattern import Pattern, Traits
from heapdiff.knowledge.patterns import PATTERNS


def recall(traits: Traits) -> tuple[Pattern, ...]:
    """The patterns that match a holder, in their order."""
    found = []
    for pattern in PATTERNS:
        if pattern.matches(traits):
            found.append(pattern)
            if pattern.instead:
                break
    return tuple(found)
