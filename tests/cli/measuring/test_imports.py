"""`imports` measures modules in processes of their own, whatever these print, raise or end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from tests.cli.command import run

pytestmark = pytest.mark.process

MODULES = {
    "outer": "import os, sys\nprint('data:', {'ms': 0})\nprint('noise', file=sys.stderr)\nimport inner\nos.write(1, b'more')",
    "inner": "import wave\nROWS = [[number] for number in range(30_000)]",
    "raising": "raise RuntimeError('no \\x1b[31m database')",
    "lacking": "import not_installed_anywhere",
    "leaving": "raise SystemExit(3)",
    "killed": "import os\nos._exit(7)",
    "scribbling": 'import os, sys\nos.write(int(sys.argv[2]), b\'{"ms": "a"}\')\nos._exit(0)',
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, source in MODULES.items():
        (tmp_path / f"{name}.py").write_text(source)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("place")
def test_each_module_is_measured_with_what_it_imports() -> None:
    done = run("imports", "--runs", "2", "--format", "json", "--", "outer", "wave")
    assert (done.exit_code, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    assert (found["schema"], found["runs"]) == ("imports/1", 2)
    outer, wave = found["imports"]
    assert (outer["module"], wave["module"]) == ("outer", "wave")
    assert outer["objects"] > 30_000 > wave["objects"]
    assert outer["modules"] >= 3
    assert outer["rss_bytes"] > 1_000_000
    assert outer["heaviest"][0]["package"] == "inner"
    assert 0 < outer["heaviest"][0]["ms"] <= outer["ms"]


@pytest.mark.usefixtures("place")
def test_the_table_fits_a_terminal_and_has_none_of_what_modules_print() -> None:
    done = run("imports", "--runs", "1", "--", "outer")
    assert done.exit_code == 0
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert [line.split()[0] for line in done.stdout.splitlines()[2:4]] == ["outer", "inner"]
    assert not {"data:", "noise", "more"} & set(done.stdout.split())


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("module", "code", "told"),
    [
        ("not_installed_anywhere", 5, "there is no module not_installed_anywhere"),
        ("os.nothing", 5, "there is no module os.nothing"),
        (
            "lacking",
            2,
            "lacking can't be imported: ModuleNotFoundError: No module named 'not_installed_anywhere'",
        ),
        ("raising", 2, "raising can't be imported: RuntimeError: no \\x1b[31m database"),
        ("leaving", 2, "leaving can't be imported: SystemExit: 3"),
        ("killed", 2, "killed ended its process before it was imported (status 7)"),
        ("scribbling", 2, "scribbling ended its process before it was imported"),
        ("scikit-learn", 2, "scikit-learn is not the name of a module"),
    ],
)
def test_what_cannot_be_imported_is_one_clear_error(module: str, code: int, told: str) -> None:
    done = run("imports", "--runs", "1", "--", module)
    assert (done.exit_code, done.stdout, len(done.complaint)) == (code, "", 2)
    assert told in done.complaint[0]


def test_modules_that_share_a_loader_are_measured(place: Path) -> None:
    """Of one zip file there's one loader, which is asked for a module that nobody imports then."""
    (place / "packing.py").write_text("import sys\nsys.path.insert(0, 'packed.zip')\nimport whole")
    with ZipFile(place / "packed.zip", "w") as packed:
        packed.writestr(
            "whole.py", "import importlib.util\nimportlib.util.find_spec('unused')\nimport needed"
        )
        packed.writestr("unused.py", "")
        packed.writestr("needed.py", "ROWS = [[number] for number in range(10_000)]")
    done = run("imports", "--runs", "1", "--format", "json", "--", "packing")
    assert (done.exit_code, done.stderr) == (0, "")
    [cost] = json.loads(done.stdout)["imports"]
    assert "needed" in {
        part["package"] for part in cost["heaviest"]
    }  # what weighs next to nothing may be left out
