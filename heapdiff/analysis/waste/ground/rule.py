"""How a rule says what it found: one way for all, so that shares, headlines and pages are computed alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from heapdiff.answers import Confidence, Finding, Topic
from heapdiff.knowledge.advice.amounts import HEADLINE_BYTES, HEADLINE_SHARE


def least_headline(whole_bytes: float) -> float:
    """How much of so many bytes is worth a headline."""
    return max(HEADLINE_BYTES, HEADLINE_SHARE * whole_bytes)


class Whole(Protocol):
    """What a finding is a share of."""

    @property
    def bytes(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What a finding is a share of if it isn't about the heap: of nothing, so it's told without a share."""

    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule's name, which is its page's as well, and the tip that it belongs to."""

    name: str
    topic: Topic

    def found(
        self,
        whole: Whole,
        title: str,
        *,
        bytes: int,
        saves: int | None,
        change: str,
        code: Sequence[str],
        check: str,
        confidence: Confidence,
        reason: str,
        holder: str | None = None,
        type: str | None = None,
        count: int = 1,
        example: str = "",
        headline: bool | None = None,
    ) -> Finding:
        """A finding. It's a headline if what it saves, or takes where nobody knows what it saves, is large enough, unless
        `headline` says it: of what isn't measured in bytes, or is only worth a hint.
        """
        worth = bytes if saves is None else saves
        large = worth >= least_headline(whole.bytes)
        return Finding(
            rule=self.name,
            topic=self.topic,
            title=title,
            bytes=bytes,
            saves_bytes=saves,
            share=round(bytes / whole.bytes, 4) if whole.bytes else 0.0,
            holder=holder,
            type=type,
            count=count,
            example=example,
            change=change,
            confidence=confidence,
            headline=large if headline is None else headline,
            page=f"docs/advice/{self.name}.md",
            code=tuple(code),
            check=check,
            reason=reason,
        )
