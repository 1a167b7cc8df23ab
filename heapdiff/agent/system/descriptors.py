"""File descriptors of a capture under way, which stand in the application's table as long as it takes.

The application may close every number and get it again for something else: each is compared before it is used. A
process that it forks meanwhile gives them up.
"""

import contextlib
import os
from collections.abc import Iterator
from typing import Final


class Descriptor:
    """One that can be closed early, and once only."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._identity = identity_of(number)
        _held.append(self)

    def is_ours(self) -> bool:
        return self.number >= 0 and identity_of(self.number) == self._identity

    def close(self) -> None:
        if self.is_ours():
            os.close(self.number)
        self.number = -1
        with contextlib.suppress(ValueError):
            _held.remove(self)


_held: Final[list[Descriptor]] = []


def give_up_descriptors() -> None:
    for descriptor in _held[:]:
        descriptor.close()


@contextlib.contextmanager
def pipe() -> Iterator[tuple[Descriptor, Descriptor]]:
    out, into = map(Descriptor, os.pipe2(os.O_CLOEXEC))
    try:
        yield out, into
    finally:
        out.close()
        into.close()


def identity_of(number: int) -> tuple[int, int]:
    """Device and inode; zeros where the number stands for nothing."""
    try:
        found = os.fstat(number)
    except OSError:
        return (0, 0)
    return found.st_dev, found.st_ino
