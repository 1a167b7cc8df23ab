"""Which program runs Python as this process does: its own name may be a server's, which has Python inside."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from heapdiff.errors import MissingToolError


def find_interpreter() -> str:
    """The path of this process's Python, in its virtual environment. Raises MissingToolError."""
    for path in _candidates():
        if path.name.startswith("python") and os.access(path, os.X_OK):
            return str(path)
    raise MissingToolError(
        f"no Python {sys.version_info[0]}.{sys.version_info[1]} was found in {sys.prefix}",
        "Run the command line there by hand.",
    )


def _candidates() -> Iterator[Path]:
    if sys.executable:
        yield Path(sys.executable)
    for prefix in dict.fromkeys((sys.prefix, sys.base_prefix)):
        for name in (f"python{sys.version_info[0]}.{sys.version_info[1]}", "python3", "python"):
            yield Path(prefix, "bin", name)
