"""Each test of the graph runs over the C kernels and over their Python twins."""

from __future__ import annotations

from types import ModuleType

import pytest

from heapdiff.graph import _kernels, dominators, fallback, heap, loading, paths


@pytest.fixture(params=["c", "python"])
def kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    chosen: ModuleType = _kernels if request.param == "c" else fallback
    for user in (dominators, heap, loading, paths):
        monkeypatch.setattr(user, "kernels", chosen)
    return chosen
