"""What to do about a suspect, from what is known of its kind, its entries, and whose it is."""

from typing import Final

from heapdiff.analysis.trends.recall import recall
from heapdiff.answers import Confidence
from heapdiff.knowledge.pattern import Pattern, Traits
from heapdiff.knowledge.python import CONTAINER_ADVICE, LIBRARY_ADVICE

MOST_ADVICE: Final = 2


def advise(traits: Traits, confidence: Confidence) -> tuple[str, ...]:
    """At most two pieces of advice: for its kind, or else for whoever wrote the container or uses the library."""
    known = tuple(dict.fromkeys(_choose(pattern, confidence) for pattern in recall(traits)))[:MOST_ADVICE]
    return known or _advise_in_general(traits)


def _choose(pattern: Pattern, confidence: Confidence) -> str:
    return pattern.harmless if pattern.harmless and confidence is Confidence.LOW else pattern.advice


def _advise_in_general(traits: Traits) -> tuple[str, ...]:
    if traits.library:
        return (_find_library_line(traits).advice.format(library=traits.library),)
    general = CONTAINER_ADVICE.get(traits.type)
    return () if general is None else (general,)


def explain(traits: Traits) -> str:
    """What the holder's kind means, in a sentence; empty where nothing is known of it."""
    if known := recall(traits):
        return known[0].meaning
    return _find_library_line(traits).meaning.format(library=traits.library) if traits.library else ""


def _find_library_line(traits: Traits) -> Pattern:
    return next(pattern for pattern in LIBRARY_ADVICE if pattern.matches(traits))
