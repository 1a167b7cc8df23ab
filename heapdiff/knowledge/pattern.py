"""What a pattern is: a kind of holder that is well known, what it means, and what to do. Looks nothing up."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache, cached_property

from heapdiff.answers import HolderKind


@dataclass(frozen=True)
class Traits:
    """What a pattern looks at.

    `entries` are the types of the holder's new entries themselves, with those that they're made from; `below` are types of
    which each second entry at least drags one along, itself included. `through` are types on the way to the holder.
    `library` is whose the holder is unless it's the application's, and `along` the reference by which an entry keeps most
    of what it keeps. `bases` are what the holder's type is made from. `chain` tells that it keeps others of its own type, each
    one the next.
    """

    path: str
    type: str
    kind: HolderKind
    entries: Collection[str] = ()
    below: Collection[str] = ()
    through: Collection[str] = ()
    library: str = ""
    along: str = ""
    bounded: bool = False
    bases: Collection[str] = ()
    chain: bool = False

    @cached_property
    def way(self) -> str:
        """The path and all types on it, a line each."""
        return "\n".join((self.path, *self.through, self.type))

    @cached_property
    def own(self) -> str:
        return "\n".join(self.entries)

    @cached_property
    def deep(self) -> str:
        return "\n".join(self.below)


@dataclass(frozen=True, slots=True)
class Pattern:
    """One thing worth knowing about a kind of holder.

    It matches when everything that it names matches: the holder path, and the path's start or a type on the way to the
    holder (`through`), both regular expressions that may match anywhere; the holder's type; its kind; whether a library
    has it (`library`). What it says of the entries names what it means: `entry` is the whole name of an entry's own type,
    `drags` that of something each entry keeps alive, however deep, and `along` is found in the reference by which it does.
    All three are regular expressions.

    Holders with `most` entries at most stop growing by themselves and are no leaks, as long as they do not hold more; a
    `table` fills as code comes, and is one only if it grows with each request. Some are only for holders that have, or
    have not, a bound of their own (`bounded`), and some say it `instead` of those after them.

    `advice` is what to do where it leaks; `harmless` stands in its place where it most likely doesn't. `known_as` is what a
    user of the library would call the holder.
    """

    meaning: str
    advice: str
    harmless: str = ""
    path: str = ""
    through: str = ""
    holder_type: str = ""
    kind: HolderKind | None = None
    entry: str = ""
    drags: str = ""
    along: str = ""
    library: bool | None = None
    most: int | None = None
    table: bool = False
    bounded: bool | None = None
    instead: bool = False
    known_as: str = ""

    def bounds(self, length: int | None) -> bool:
        """Whether a holder of this kind and length stops growing by itself."""
        return self.most is not None and (length is None or length <= self.most)

    def is_near(self, traits: Traits) -> bool:
        """Whether it is about this holder or its entries themselves: not about all of the kind, nor what hangs below."""
        if self.drags:
            return _is_line(self.drags, traits.own)
        return bool(self.path or self.through or self.entry)

    def is_about_entries(self, traits: Traits) -> bool:
        """Whether it says what the holder's entries themselves are."""
        return bool(self.entry) or (bool(self.drags) and self.is_near(traits))

    def matches(self, traits: Traits) -> bool:
        return (
            self.holder_type in ("", traits.type)
            and self.kind in (None, traits.kind)
            and self.library in (None, bool(traits.library))
            and self.bounded in (None, traits.bounded)
            and _is_found(self.path, traits.path)
            and _is_found(self.through, traits.way)
            and _is_line(self.entry, traits.own)
            and _is_line(self.drags, traits.deep)
            and _is_found(self.along, traits.along)
        )


def _is_found(wanted: str, text: str) -> bool:
    return not wanted or _compile(wanted).search(text) is not None


def _is_line(wanted: str, text: str) -> bool:
    return not wanted or _compile(f"^(?:{wanted})$").search(text) is not None


@cache
def _compile(wanted: str) -> re.Pattern[str]:
    return re.compile(wanted, re.MULTILINE)
