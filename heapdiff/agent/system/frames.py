"""Running Python frames, as the interpreter shows them."""

from collections.abc import Iterator
from types import FrameType


def frames_below(frame: FrameType | None) -> Iterator[FrameType]:
    """This frame and its callers, innermost first."""
    while frame is not None:
        yield frame
        frame = frame.f_back
