"""Where a graph's arrays come from: computed, unless a shelf has them. What a graph needs of all this, and no more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from heapdiff.graph.stored.columns import Arrays, Check, Column

LEAST_BYTES: Final = (
    8 << 20
)  # of a `.heap`: what is computed from less is computed as fast as it's found again


def no_more(_: Arrays) -> Iterable[Check]:
    return ()


class Shelf:
    """Keeps nothing: what is asked for is computed."""

    def once(
        self,
        name: str,  # noqa: ARG002
        columns: Mapping[str, Column],  # noqa: ARG002
        compute: Callable[[], Arrays],
        further: Callable[[Arrays], Iterable[Check]] = no_more,  # noqa: ARG002
    ) -> Arrays:
        """The arrays that `compute` gives, from an earlier command if one has stored them. They can't be written to.

        `columns` says what each has to be, `further` what else has to hold: where anything doesn't, they are computed again.
        `name` is letters and dashes; what it stands for must depend on nothing but the snapshot and heapdiff's code.
        """
        arrays = compute()
        for array in arrays.values():
            array.flags.writeable = False
        return arrays


NO_SHELF: Final = Shelf()
