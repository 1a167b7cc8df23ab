"""What was answered before is taken from where it was kept, if the same code answered the same case."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from tests.leakbench.case import Case
from tests.leakbench.kept import Earlier, Kept

CASE = Case("closure_cell", "a closure keeps a list", "tests.leakbench.apps.closures")


@pytest.mark.unit
def test_what_was_kept_is_not_made_again(tmp_path: Path) -> None:
    made = partial(next, count(1))
    assert [Kept(tmp_path).once(CASE, "half", made) for _ in range(2)] == [1, 1]
    assert Kept(tmp_path).once(CASE, "tenth", made) == 2
    assert Kept(tmp_path).once(replace(CASE, requests=40), "half", made) == 3
    assert [Kept().once(CASE, "half", made) for _ in range(2)] == [4, 5]


@pytest.mark.unit
def test_other_code_answers_for_itself(tmp_path: Path) -> None:
    code = tmp_path / "code"
    code.mkdir()
    (code / "rank.py").write_text("first = 1\n")
    before = Kept(tmp_path / "answers", [code])
    assert before.once(CASE, "all", lambda: "before") == "before"
    (code / "rank.py").write_text("first = 2\n")
    assert Kept(tmp_path / "answers", [code]).once(CASE, "all", lambda: "after") == "after"
    (code / "rank.py").write_text("first = 1\n")
    assert Kept(tmp_path / "answers", [code]).once(CASE, "all", lambda: "again") == "before"


@pytest.mark.unit
def test_peers_are_asked_anew_only_where_the_apps_are_others(tmp_path: Path) -> None:
    package, bench, answers = (tmp_path / name for name in ("package", "bench", "answers"))
    made = count(1)

    def written(directory: Path, text: str) -> tuple[int, int]:
        directory.mkdir(exist_ok=True)
        (directory / "code.py").write_text(text)
        earlier = Earlier.below(answers, package, bench)
        ours, theirs = (kept.once(CASE, "name", lambda: next(made)) for kept in (earlier.own, earlier.peers))
        return ours, theirs

    assert written(package, "rank = 1\n") == (1, 2)
    assert written(package, "rank = 2\n") == (3, 2)
    assert written(bench, "leaks = 1\n") == (4, 5)
    assert written(bench, "leaks = 1\n") == (4, 5)


@pytest.mark.unit
def test_a_run_that_failed_is_made_again(tmp_path: Path) -> None:
    kept = Kept(tmp_path, [])
    with pytest.raises(OSError, match="no port"):
        kept.once(CASE, "all", fail)
    assert kept.once(CASE, "all", lambda: "made") == "made"


def fail() -> str:
    raise OSError("no port")
