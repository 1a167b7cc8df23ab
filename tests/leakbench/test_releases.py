"""Exact releases are installed once, whole, and in front of what is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.leakbench import releases
from tests.leakbench.case import Case
from tests.leakbench.releases import ReleaseError, installed
from tests.leakbench.runner import environment_of, run
from tests.leakbench.server import ROOT


def test_a_set_of_releases_is_installed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Path] = []

    def install(_releases: object, place: Path) -> None:
        made.append(place)
        place.mkdir(parents=True)

    monkeypatch.setattr(releases, "install", install)
    first = installed(("one==1", "two==2"), tmp_path)
    assert installed(("two==2", "one==1"), tmp_path) == first
    assert installed(("one==1",), tmp_path) != first
    assert len(made) == 2


@pytest.mark.slow
def test_what_cannot_be_installed_leaves_nothing_and_is_the_cases_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(ReleaseError, match="no-such-thing==1"):
        installed(("no-such-thing==1",), tmp_path)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(releases, "FOLDER", tmp_path)
    result = run(Case("broken", "", "none", releases=("no-such-thing==1",)))
    assert result.trouble is not None
    assert "no-such-thing==1" in result.trouble


def test_the_worker_finds_the_releases_before_everything_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(releases, "install", lambda _releases, place: place.mkdir(parents=True))
    monkeypatch.setattr(releases, "FOLDER", tmp_path)
    path = environment_of(Case("old", "", "none", releases=("one==1",)), tmp_path)["PYTHONPATH"]
    assert path.startswith(str(tmp_path))
    assert environment_of(Case("new", "", "none"), tmp_path)["PYTHONPATH"] == str(ROOT)
