"""What a comparison's text leaves out, it says, and -n 0 leaves out nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from heapdiff.answers import Comparison, Confidence
from heapdiff.render.terminal.comparison import render_comparison
from heapdiff.render.terminal.console import render_text
from tests.render import findings


def shown(comparison: Comparison, limit: int | None = 10) -> list[str]:
    return render_text(lambda console: render_comparison(console, comparison, limit)).splitlines()


def many(suspects: int = 1, snapshots: int = 2) -> Comparison:
    return replace(
        findings.leak(),
        suspects=tuple(
            findings.suspect(rank, f"shop.cache.NAME{rank}", confidence=Confidence.LOW)
            for rank in range(1, suspects + 1)
        ),
        snapshots=tuple(findings.snapshot(number) for number in range(1, snapshots + 1)),
    )


@pytest.mark.parametrize(("snapshots", "lines"), [(6, 6), (7, 5), (20, 5)])
def test_of_many_snapshots_the_first_and_the_last_are_listed_and_the_rest_is_said(
    snapshots: int, lines: int
) -> None:
    text = shown(many(snapshots=snapshots))
    listed = [at for at, line in enumerate(text) if "PID 4242" in line]
    assert len(listed) == lines
    if lines < snapshots:
        assert text[listed[2] + 1] == f"… and {snapshots - lines} more snapshots (-n 0 shows all)"


def test_with_no_limit_every_snapshot_and_every_suspect_is_shown_in_full() -> None:
    text = shown(many(suspects=12, snapshots=9), None)
    assert sum("PID 4242" in line for line in text) == 9
    assert sum("fingerprint" in line for line in text) == 12
    assert not any("-n 0" in line for line in text)


def test_suspects_without_details_are_said() -> None:
    assert "… and 11 more suspects in detail (-n 0 shows all)" in shown(many(suspects=12))
