"""Which pages come from the code, and what makes each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from tests.cli.reference import PAGE, render_reference
from tests.documents.from_code.schema_page import render_schemas
from tests.documents.from_code.settings_page import render_settings

__all__ = ["GENERATED"]

DOCS = Path(__file__).parents[3] / "docs"
GENERATED: Final[Mapping[Path, Callable[[], str]]] = {
    PAGE: render_reference,
    DOCS / "configuration.md": render_settings,
    DOCS / "json.md": render_schemas,
}
