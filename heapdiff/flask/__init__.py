"""The Flask extension: arms each worker, counts requests, and answers a few protected endpoints.

For development, `profile_lines` and `LineProfile` tell what each line of a view allocates and keeps. Imported with the commands
that `flask` loads at every start, so its parts wait until they're asked for.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from heapdiff.flask.extension import HeapDiff
    from heapdiff.flask.lines.decorator import profile_lines
    from heapdiff.flask.lines.profile import LineProfile

__all__ = ["HeapDiff", "LineProfile", "profile_lines"]

_MODULES = {"HeapDiff": "extension", "LineProfile": "lines.profile", "profile_lines": "lines.decorator"}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
