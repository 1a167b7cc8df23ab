"""The version, where nothing else stands: what is below the package's face needs it too."""

from __future__ import annotations

from typing import Final

__version__: Final = "0.1.0"
