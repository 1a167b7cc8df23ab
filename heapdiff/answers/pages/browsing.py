"""The answers to somebody who looks around in a snapshot: types, pages of objects, one object and what is around it."""

from __future__ import annotations

from dataclasses import dataclass

from heapdiff.answers.comparison import HolderKind, Step


@dataclass(frozen=True, slots=True)
class TypeRow:
    """All objects of one type. `retained_bytes` would go with the outermost of them, each counted once; None if not known."""

    type: str
    count: int
    bytes: int
    retained_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class ObjectRow:
    """One object in a list. `retained_bytes` is 0 where no root reaches it.

    `reference` says how it refers, or is referred to, in a list of references; `name` is a class's, function's or module's own;
    `value` is what it holds, if the file has it.
    """

    address: str
    type: str
    name: str
    bytes: int
    retained_bytes: int
    reference: str = ""
    value: str | None = None


@dataclass(frozen=True, slots=True)
class ObjectPage:
    """Some rows of a list, from `start` on. `total`: how many it has; `listed`: how many of them can be turned to."""

    total: int
    listed: int
    start: int
    rows: tuple[ObjectRow, ...]


@dataclass(frozen=True, slots=True)
class TypePage:
    """The types in a list of objects, most bytes first; `total` counts the objects."""

    total: int
    rows: tuple[TypeRow, ...]


@dataclass(frozen=True, slots=True)
class PathStep:
    """One step on the way from a root: how it reads, and the object it leads to, if a single one."""

    text: str
    step: Step
    address: str
    bytes: int
    retained_bytes: int


@dataclass(frozen=True, slots=True)
class Whole:
    """One object by itself. `references`, `referrers` and `dominated` say how long those lists are.

    `path` leads to it from a root; `reached`: whether there is one. `length`: None for what is no container.
    """

    address: str
    type: str
    name: str
    bytes: int
    retained_bytes: int
    reference_count: int
    length: int | None
    value: str | None
    path: str
    kind: HolderKind
    reached: bool
    chain: tuple[PathStep, ...]
    references: int
    referrers: int
    dominated: int


@dataclass(frozen=True, slots=True)
class Dominators:
    """Who dominates an object, nearest first; `more`: there are further ones above the last."""

    rows: tuple[ObjectRow, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: types by part of their name, and objects by address, path or size. `hint` where there is nothing."""

    what: str
    types: tuple[TypeRow, ...]
    objects: ObjectPage
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Weighed:
    """What would be freed if all these objects went together; unlike a sum, with what only several of them keep."""

    what: str
    objects: int
    bytes: int
    retained_bytes: int


@dataclass(frozen=True, slots=True)
class Severed:
    """What would be freed if one object no longer referred to another; 0 if something else holds that one as well."""

    owner: ObjectRow
    target: ObjectRow
    freed_bytes: int
    other_referrers: int


@dataclass(frozen=True, slots=True)
class Born:
    """Objects that one snapshot had and an earlier one didn't, and that are still there, by type."""

    total: int
    bytes: int
    types: tuple[TypeRow, ...]
