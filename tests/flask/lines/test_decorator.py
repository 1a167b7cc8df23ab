"""`profile_lines` returns the function as it is, and a process with HEAPDIFF_LINES ends with the tables."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("heapdiff.agent._native", reason="no compiler here: the native engine was not built")

from heapdiff.flask import profile_lines
from heapdiff.flask.lines import decorator

PROGRAM = """
import os
from heapdiff.flask import profile_lines

KEPT = []

@profile_lines
def keeps():
    KEPT.append(bytearray(1000))
    KEPT.append(bytearray(3000))
    KEPT.pop()

@profile_lines
def never_called():
    pass

for _ in range(10):
    keeps()
if os.fork() == 0:
    raise SystemExit
os.wait()
print("done")
"""


def run(folder: Path, setting: str) -> tuple[str, str]:
    program = folder / "program.py"
    program.write_text(PROGRAM)
    environment = {**os.environ, "HEAPDIFF_LINES": setting}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", program],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def test_a_decorated_function_is_the_function(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decorator, "_marked", [])

    def view() -> None:
        pass

    assert profile_lines(view) is view
    assert decorator.marked() == [view]


@pytest.mark.process
def test_a_process_that_is_told_to_prints_each_table_once_at_its_end(tmp_path: Path) -> None:
    said, table = run(tmp_path, "1")
    assert said == "done\n"
    assert table.count("Filename: ") == 2
    (line,) = (line for line in table.splitlines() if "bytearray(1000)" in line)
    allocated, kept = (int(line.replace(",", "").split()[at]) for at in (1, 3))
    assert 1000 < kept <= allocated < 1200
    (line,) = (line for line in table.splitlines() if "bytearray(3000)" in line)
    allocated, kept = (int(line.replace(",", "").split()[at]) for at in (1, 3))
    assert kept < 100 < 3000 < allocated < 3300


@pytest.mark.process
def test_another_process_prints_nothing(tmp_path: Path) -> None:
    assert run(tmp_path, "0") == ("done\n", "")
