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
    has a connection, an HTTP client a TLS context, a task the exception of the request that began it, and none is the cause.
    """
    found: list[Pattern] = []
    for pattern in PATTERNS:
        if pattern.matches(traits):
            found.append(pattern)
            if pattern.instead and _is_at_hand(pattern, traits):
                break
    far = next(
        (at for at, pattern in enumerate(found) if pattern.instead and not _is_at_hand(pattern, traits)), None
    )
    if far is not None and not any(pattern.is_about_entries(traits) for pattern in found[far:]):
        found = found[: far + 1]
    if any(pattern.is_near(traits) for pattern in found):
        found = [pattern for pattern in found if _is_at_hand(pattern, traits)]
    return tuple(found)


def _is_at_hand(pattern: Pattern, traits: Traits) -> bool:
    return not pattern.drags or pattern.is_near(traits)
