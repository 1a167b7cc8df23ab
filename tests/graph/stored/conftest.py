"""How full this machine's disk is decides nothing here."""

from __future__ import annotations

import pytest

from tests.graph.stored.cabinets import store_on_any_disk


@pytest.fixture(autouse=True)
def _any_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    store_on_any_disk(monkeypatch)
