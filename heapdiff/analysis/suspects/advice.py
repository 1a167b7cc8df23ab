"""What to do about a suspect, from what is known of its kind, its entries, and whose it is."""

from dataclasses import dataclass
from typing import Final

from heapdiff.analysis.trends.recall import recall
from heapdiff.answers import Confidence
from heapdiff.knowledge.pattern import Pattern, Traits
from heapdiff.knowledge.python import CHAIN_ADVICE, CONTAINER_ADVICE, LIBRARY_ADVICE, LONGER_VALUE_ADVICE

MOST_ADVICE: Final = 2


@dataclass(frozen=True, slots=True)
class Lore:
    """What is known of a holder: a sentence on its kind, or nothing, what to do, and what users of a library call it."""

    meaning: str
    advice: tuple[str, ...]
    known_as: str = ""


def look_up(traits: Traits, confidence: Confidence) -> Lore:
    """At most two pieces of advice: for its kind, or else for whoever wrote the container or uses the library."""
    if known := recall(traits):
        advice = dict.fromkeys(_choose(pattern, confidence) for pattern in known)
        name = next((pattern.known_as for pattern in known if pattern.known_as), "")
        return Lore(known[0].meaning, tuple(advice)[:MOST_ADVICE], name)
    if traits.library:
        line = next(pattern for pattern in LIBRARY_ADVICE if pattern.matches(traits))
        return Lore(
            line.meaning.format(library=traits.library), (line.advice.format(library=traits.library),)
        )
    return Lore("", tuple(_advise_by_type(traits)[:1]))


def _advise_by_type(traits: Traits) -> list[str]:
    if traits.chain:
        return [CHAIN_ADVICE.get(traits.type, CHAIN_ADVICE[""])]
    if traits.type in LONGER_VALUE_ADVICE:
        return [LONGER_VALUE_ADVICE[traits.type]]
    return [CONTAINER_ADVICE[each] for each in (traits.type, *traits.bases) if each in CONTAINER_ADVICE]


def _choose(pattern: Pattern, confidence: Confidence) -> str:
    return pattern.harmless if pattern.harmless and confidence is Confidence.LOW else pattern.advice
