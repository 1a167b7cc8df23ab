"""What a pattern is: a kind of holder that is well known, what it means, and what to do. Looks nothing up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from heapdiff.answers import HolderKind


@dataclass(frozen=True, slots=True)
class Traits:
    """What a pattern looks at: `through` are types on the way to the holder, `held` those that it newly holds."""

    path: str
    type: str
    kind: HolderKind
    held: Sequence[str] = ()
    through: Sequence[str] = ()
    bounded: bool = False


@dataclass(frozen=True, slots=True)
class Pattern:
    """One thing worth knowing about a kind of holder.

    It matches when everything that it names matches: the holder path and a type on the way to the holder
    or held by it, or the path's start (`through`), both regular expressions that may match anywhere; the holder's
    type; its kind; a type that it newly holds. Holders with `most` entries at most stop growing by themselves and
    are no leaks, as long as they do not hold more; a `table` fills as code comes, and is one only if it grows with
    each request. Some are only for holders that have, or have not, a bound of their own (`bounded`), and some say it
    `instead` of those after them.
    """

    meaning: str
    advice: str
    path: str = ""
    through: str = ""
    holder_type: str = ""
    kind: HolderKind | None = None
    held: str = ""
    most: int | None = None
    table: bool = False
    bounded: bool | None = None
    instead: bool = False

    def bounds(self, length: int | None) -> bool:
        """Whether a holder of this kind and length stops growing by itself."""
        return self.most is not None and (length is None or length <= self.most)

    def matches(self, traits: Traits) -> bool:
        way = (traits.path, *traits.through, traits.type, *traits.held)
        return (
            (not self.path or re.search(self.path, traits.path) is not None)
            and (not self.through or any(re.search(self.through, each) for each in way))
            and (not self.holder_type or self.holder_type == traits.type)
            and (self.kind is None or self.kind is traits.kind)
            and (not self.held or self.held in traits.held)
            and (self.bounded is None or self.bounded is traits.bounded)
        )
