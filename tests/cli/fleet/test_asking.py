"""`heapdiff fleet leaks` and the others: forms, exit codes, and one line for what goes wrong."""

from __future__ import annotations

import json
import re
import sys
from html import unescape
from pathlib import Path

import pytest

from tests.cli.command import run
from tests.documents.from_code.test_pages import validate
from tests.fleet.lakes import LakeMaker, fingerprint_of, rarely, steady

HOSTILE = "shop['<script>alert(1)</script>\x1b[31m\u202e|`@user']"
STEERING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    maker = LakeMaker(service=HOSTILE)
    for number in range(8):
        maker.run(f"a{number}", "1.0", 0, 6, {"shop.noise": rarely(0.03)}, host=HOSTILE)
        maker.run(
            f"b{number}", HOSTILE, 6, 6, {HOSTILE: steady(100.0)}, site=HOSTILE, entry=HOSTILE, host=HOSTILE
        )
    folder = tmp_path_factory.mktemp("lake")
    maker.write(folder)
    return folder


QUESTIONS = {
    "leaks/1": ("leaks", "--all"),
    "leak/1": ("show", fingerprint_of(HOSTILE)[:6]),
    "workers/1": ("workers",),
    "releases/1": ("releases",),
    "gate/1": ("gate", "--before", "1.0", "--after", HOSTILE),
}


@pytest.mark.slow
@pytest.mark.parametrize("schema", QUESTIONS)
def test_an_answer_in_each_form_has_no_name_that_does_anything(lake: Path, schema: str) -> None:
    command, *more = QUESTIONS[schema]
    form = {"leaks/1": "html", "leak/1": "markdown", "workers/1": "html", "releases/1": "markdown"}.get(
        schema, "table"
    )
    done = run("fleet", command, str(lake), *more, "--format", form)
    assert done.exit_code == (1 if command == "gate" else 0), done.stderr
    assert not STEERING.search(done.stdout)
    if form == "html":
        assert "<script" not in done.stdout
        assert "default-src 'none'; style-src 'sha256-" in unescape(done.stdout)
    answer = run("fleet", command, str(lake), *more, "--format", "json")
    assert answer.stdout.isascii()
    validate(json.loads(answer.stdout), schema)


def test_leaks_have_what_the_contract_names(lake: Path) -> None:
    found = json.loads(run("fleet", "leaks", str(lake), "--format", "json").stdout)
    names = (
        "fingerprint",
        "path",
        "first_seen",
        "last_seen",
        "first_release",
        "workers",
        "bytes_per_request",
        "bytes_per_hour",
    )
    (leak,) = found["leaks"]
    assert {name: leak[name] for name in names} == {
        "fingerprint": fingerprint_of(HOSTILE),
        "path": HOSTILE,
        "first_seen": "2026-11-01T06:00:00Z",
        "last_seen": "2026-11-01T12:00:00Z",
        "first_release": HOSTILE,
        "workers": 8,
        "bytes_per_request": pytest.approx(100, abs=1),
        "bytes_per_hour": pytest.approx(180_000, rel=0.05),
    }


def test_a_table_is_eighty_columns_wide(lake: Path) -> None:
    done = run("fleet", "workers", str(lake))
    assert {len(line) for line in done.stdout.splitlines() if set(line) == {"─"}} == {80}


@pytest.mark.parametrize(
    ("words", "exit_code", "said"),
    [
        (("leaks", "/nonexistent/lake"), 3, "holds no lake"),
        (("leaks", "{lake}", "--engine", "oracle"), 2, "not an engine"),
        (("leaks", "{lake}", "--since", "soon"), 2, "soon"),
        (("leaks", "{lake}", "--owners", "/nonexistent"), 2, "/nonexistent"),
        (("show", "{lake}", "../x"), 2, "not a fingerprint"),
        (("gate", "{lake}", "--before", "1.0", "--after", "1.0"), 2, "same release"),
    ],
)
def test_what_is_wrong_is_said_in_two_lines(
    lake: Path, words: tuple[str, ...], exit_code: int, said: str
) -> None:
    done = run("fleet", *(word.format(lake=lake) for word in words))
    assert (done.exit_code, done.stdout) == (exit_code, "")
    assert said in done.complaint[0]
    assert len(done.complaint) == 2


@pytest.mark.slow
def test_an_inconclusive_gate_fails_only_if_strict(tmp_path: Path) -> None:
    maker = LakeMaker()
    for number in range(2):
        maker.run(f"a{number}", "1.0", 0, 2)
        maker.run(f"b{number}", "2.0", 2, 2)
    maker.write(tmp_path)
    words = ("fleet", "gate", str(tmp_path), "--before", "1.0", "--after", "2.0")
    assert (run(*words).exit_code, run(*words, "--strict").exit_code) == (0, 1)


def test_a_missing_engine_is_one_line_and_exit_code_five(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    done = run("fleet", "leaks", str(lake), "--engine", "local[1]")
    assert (done.exit_code, done.stdout) == (5, "")
    assert "PySpark" in done.complaint[0]
    assert "pip install" in done.complaint[1]
