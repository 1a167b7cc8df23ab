"""Questions about snapshots, asked in a process beside the worker."""

from __future__ import annotations

from pathlib import Path

import pytest

import heapdiff
from heapdiff.errors import CaptureError, HeapdiffError
from heapdiff.flask.apart import fresh
from heapdiff.flask.apart.questions import ask_for_json, ask_heapdiff, draw_graph
from tests.descriptors import descriptors_taken


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from heapdiff.agent.worker.installation import uninstall

    try:
        return heapdiff.snapshot(tmp_path_factory.mktemp("taken") / "a.json")
    finally:
        uninstall()


@pytest.mark.process
def test_the_answer_is_that_of_the_command_line(snapshot: Path) -> None:
    answer = ask_for_json(["show", str(snapshot)])
    assert answer["schema"] == "show/1"
    assert "builtins" not in answer


@pytest.mark.slow
@pytest.mark.process
def test_the_answer_is_read_by_a_worker_that_has_more_than_a_thousand_descriptors(snapshot: Path) -> None:
    with descriptors_taken(most=1100, free=20):
        assert ask_for_json(["show", str(snapshot)])["schema"] == "show/1"


@pytest.mark.slow
def test_a_process_that_cannot_be_started_is_one_sentence(snapshot: Path) -> None:
    refused = pytest.raises(CaptureError, match="heapdiff show could not be run: Too many open files")
    with refused, descriptors_taken(most=200, free=3):
        ask_heapdiff(["show", str(snapshot)])


@pytest.mark.process
def test_what_the_command_says_is_wrong_is_said(tmp_path: Path) -> None:
    with pytest.raises(HeapdiffError, match=r"nothing\.json"):
        ask_heapdiff(["show", str(tmp_path / "nothing.json")])


@pytest.mark.slow
@pytest.mark.process
def test_it_is_ended_when_it_takes_too_long(snapshot: Path) -> None:
    with pytest.raises(CaptureError, match="more than 0 s"):
        ask_heapdiff(["show", str(snapshot)], deadline_s=0.0)


@pytest.mark.process
def test_a_picture_is_drawn_and_text_in_it_is_no_markup() -> None:
    picture = draw_graph('digraph { a [label="<script>x</script>"] }')
    assert b"<svg" in picture
    assert b"<script>" not in picture


@pytest.mark.process
def test_a_picture_that_is_none_is_refused() -> None:
    with pytest.raises(HeapdiffError, match="could not draw"):
        draw_graph("no graph")


@pytest.mark.slow
@pytest.mark.process
def test_no_more_of_an_answer_is_held_than_is_allowed(
    snapshot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fresh, "ANSWER_MOST", 100)
    with pytest.raises(CaptureError, match="heapdiff show: its answer is too long"):
        ask_heapdiff(["show", str(snapshot)])
