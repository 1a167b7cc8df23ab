"""Which of the well-known patterns a holder matches. The patterns themselves are `knowledge`'s."""

from typing import Final

from heapdiff.knowledge.pattern import Pattern, Traits
from heapdiff.knowledge.patterns import PATTERNS

WITH_AN_END: Final = tuple(pattern for pattern in PATTERNS if pattern.most is not None or pattern.table)


def recall_ends(traits: Traits) -> tuple[Pattern, ...]:
    """Those that say what ends a holder's growth; they are few, and every holder is asked."""
    return tuple(pattern for pattern in WITH_AN_END if pattern.matches(traits))


def recall(traits: Traits) -> tuple[Pattern, ...]:
    """The patterns that match a holder, in their order.

    What is known of the holder or of its entries themselves stands for what those only drag along: a session of an ORM
    has a connection, an HTTP client a TLS context, and neither is the cause.
    """
    found = []
    for pattern in PATTERNS:
        if pattern.matches(traits):
            found.append(pattern)
            if pattern.instead:
                break
    if any(pattern.is_near(traits) for pattern in found):
        found = [pattern for pattern in found if not pattern.drags or pattern.is_near(traits)]
    return tuple(found)
