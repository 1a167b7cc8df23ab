"""The kernels that this installation has: C, or the slow twins when the extension was not built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

__all__ = ["SLOW", "kernels"]

if TYPE_CHECKING:
    from heapdiff.graph import _kernels as kernels

    SLOW: Final[str | None] = None
else:
    try:
        from heapdiff.graph import _kernels as kernels

        SLOW = None
    except ImportError as error:
        from heapdiff.graph import fallback as kernels

        SLOW = (
            f"The graph kernels run in Python, which is slow: the C extension couldn't be loaded ({error}). "
            "Reinstall heapdiff on a machine with a C compiler."
        )
