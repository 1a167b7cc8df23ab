"""Several processes in one document: nothing in a name can steer it, and each width is kept."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from rich.cells import cell_len

from heapdiff.answers import Comparison, Comparisons
from heapdiff.render.markdown import render_markdown
from heapdiff.render.terminal.console import render_text
from heapdiff.render.terminal.several import render_answer
from tests.render import findings

CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]")


def shown(answer: Comparison | Comparisons, limit: int | None = 10, width: int = 80) -> str:
    return render_text(lambda console: render_answer(console, answer, limit), width)


@pytest.mark.parametrize("width", [40, 80, 200])
def test_hostile_names_and_hosts_cannot_steer_it(width: int) -> None:
    long = findings.HOSTILE + "x" * 10_000
    snapshots = tuple(replace(each, host=long, started_at=long) for each in findings.hostile().snapshots)
    answer = replace(
        findings.several(long, long), processes=(replace(findings.hostile(), snapshots=snapshots),)
    )
    text = shown(answer, width=width)
    assert not CONTROL.search(text)
    assert not CONTROL.search(render_markdown(answer))
    assert max(map(cell_len, text.splitlines())) <= width


def test_what_is_left_out_is_said() -> None:
    leaks = tuple(replace(findings.several().shared[0], path=f"shop.NAME{number}") for number in range(5))
    answer = replace(findings.several(), shared=leaks)
    assert "… and 3 more shared holders (-n 0 shows all)" in shown(answer, 2)
    assert "… and 3 more shared holders." in render_markdown(answer, 2)
    assert "NAME4" in shown(answer, None)


def test_one_process_reads_as_it_always_did() -> None:
    assert shown(findings.leak()).startswith("LEAK: ")
    assert "── pid" not in shown(findings.leak())
