"""What a process says of its watch, read like all that comes from another process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from heapdiff.answers import InsertingFrame, InsertingStack
from heapdiff.fields import Fields
from heapdiff.format import ModuleOwner
from heapdiff.remote.door import Answer

OWNERS: Final = {int(owner): owner for owner in ModuleOwner}


@dataclass(frozen=True, slots=True)
class Report:
    """What the process says of its watch. `state`: starting, watching, ended, or refused; `reason` says why in a word.

    Of a refusal: `step` is the one that `type` doesn't have, or `type` isn't a dict and `dicts` are attributes that are.
    """

    number: int
    state: str
    reason: str
    step: int = 0
    type: str = ""
    dicts: tuple[str, ...] = ()
    length: int = 0
    inserted: int = 0
    removed: int = 0
    unplaced: int = 0
    stacks: tuple[InsertingStack, ...] = ()

    @property
    def is_over(self) -> bool:
        return self.state in ("ended", "refused")


def read_report(answer: Answer) -> Report | None:
    """None where it says nothing that this version understands."""
    try:
        return None if answer.watch is None else _read_report(answer.watch)
    except ValueError:
        return None


def _read_report(told: Fields) -> Report:
    frames = [_read_frame(frame) for frame in told.objects("frames")] if "frames" in told else []
    return Report(
        number=told.integer("number"),
        state=told.text("state"),
        reason=told.text("reason"),
        step=told.integer("step", 0),
        type=told.text("type", ""),
        dicts=told.texts("dicts") if "dicts" in told else (),
        length=told.integer("length", 0),
        inserted=told.integer("inserted", 0),
        removed=told.integer("removed", 0),
        unplaced=told.integer("unplaced", 0) + told.integer("left_out", 0),
        stacks=tuple(_read_stacks(told, frames)) if "stacks" in told else (),
    )


def _read_frame(fields: Fields) -> InsertingFrame:
    return InsertingFrame(
        file=fields.text("file"),
        line=fields.integer("line"),
        function=fields.text("function"),
        owner=OWNERS.get(fields.integer("owner")),
    )


def _read_stacks(told: Fields, frames: list[InsertingFrame]) -> Iterator[InsertingStack]:
    for fields in told.objects("stacks"):
        numbers, wraps = fields.numbers("frames"), fields.numbers("wraps")
        places, wrapped = wraps[::2], wraps[1::2]
        if (
            len(places) != len(wrapped)
            or not all(0 <= number < len(frames) for number in (*numbers, *wrapped))
            or not all(0 <= place < len(numbers) for place in places)
        ):
            raise ValueError(f"{fields.where} names a frame that isn't there")
        yield InsertingStack(
            fields.integer("count"),
            tuple(frames[number] for number in numbers),
            tuple((place, frames[number]) for place, number in zip(places, wrapped, strict=True)),
        )
