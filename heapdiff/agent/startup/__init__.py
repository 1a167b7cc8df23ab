"""The folder that `heapdiff run` puts first on PYTHONPATH. Only `sitecustomize` in it is ever loaded by a host."""

from __future__ import annotations

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parent
