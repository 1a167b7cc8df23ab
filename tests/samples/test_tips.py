"""Each tip's shop serves what is asked of it, with the waste and fixed; and the runner says what heapdiff finds."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from heapdiff.agent import _native
from heapdiff.agent.worker.installation import uninstall
from heapdiff.answers import Topic
from samples.leaky_shop import server
from samples.tips import __main__ as tips
from samples.tips.catalogue import HERE, TWINS, Tip, find_tips

TIPS = find_tips()


@pytest.fixture(autouse=True)
def _leaves_no_agent_behind() -> Iterator[None]:
    """The shop that is monitored installs one, and samples."""
    yield
    uninstall()
    _native.unsample()


def test_the_tips_are_topics_of_advise() -> None:
    assert set(TIPS) <= {topic.value for topic in Topic}


def test_without_a_name_the_tips_are_listed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["tips"])
    assert tips.main() == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(TIPS)


def test_an_unknown_tip_is_an_error_that_names_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["tips", "diets"])
    with pytest.raises(SystemExit):
        tips.main()
    assert "data-structures" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("tip", [tip for tip in TIPS.values() if not tip.needs], ids=lambda tip: tip.name)
def test_the_fixed_shop_answers_as_the_one_with_the_waste_does(tip: Tip) -> None:
    answers = []
    for twin in TWINS:
        made: Any = import_module(f"samples.tips.{tip.folder.name}.{twin}")
        client = made.create_app().test_client()
        answers.append([client.get(path).get_data() for path in tip.visits])
        assert all(client.get(path).status_code == 200 for path in tip.visits)
    assert answers[0] == answers[1]


def test_a_twin_may_bring_settings_of_gunicorn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tip = TIPS["data-structures"]
    assert tip.twin("waste") == server.Application("serving:create_app('data_structures', 'waste')", HERE)
    (tmp_path / "data_structures").mkdir()
    settings = tmp_path / "data_structures" / "gunicorn_fixed.py"
    settings.write_text("preload_app = True\n")
    monkeypatch.setattr("samples.tips.catalogue.HERE", tmp_path)
    assert tip.twin("fixed").options == ("--config", str(settings))


@pytest.mark.slow
def test_a_run_names_the_waste_and_finds_nothing_once_it_is_fixed(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "samples.tips", "data-structures", "--dir", str(tmp_path / "run")],
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for rule in ("slots", "same-keys", "boxed-numbers", "empty-containers"):
        assert f"docs/advice/{rule}.md" in done.stdout
    assert "RSS, each worker" in done.stdout
