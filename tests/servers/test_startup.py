"""The sitecustomize of `heapdiff run`: invisible to programs that serve nothing, and it gives way to the host's own."""

from __future__ import annotations

import json
import os
import runpy
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest

from heapdiff.agent.startup import FOLDER
from heapdiff.agent.worker.hooks import PLACES

ROOT = Path(__file__).resolve().parents[2]
WRAPPED = (
    "hasattr(__import__('wsgiref.simple_server').simple_server.WSGIServer.serve_forever, '__heapdiff__')"
)
LOADER = "sorted(vars(sys.modules['wsgiref.simple_server'].__spec__.loader))"
OWN = """
import sys
spec = globals().get("__spec__")
seen = [__name__, spec.origin, sys.modules["sitecustomize"].__dict__ is globals()]
sys.runs = getattr(sys, "runs", 0) + 1
"""
REPORT = """
import json, os, sys
own = sys.modules.get("sitecustomize")
print(json.dumps({{
    "runs": getattr(sys, "runs", 0), "seen": getattr(own, "seen", None), "file": getattr(own, "__file__", None),
    "path": sys.path, "ours": sorted(name for name in sys.modules if name.startswith("heapdiff")), "more": {more},
}}))
"""


def python(
    *arguments: str, path: tuple[Path, ...] = (FOLDER,), executable: str = sys.executable
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [executable, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def report(*arguments: str, more: str = "None", **options: Any) -> dict[str, Any]:
    done = python(*arguments, "-c", REPORT.format(more=more), **options)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def test_the_modules_that_are_awaited_are_those_of_the_table() -> None:
    awaited = runpy.run_path(str(FOLDER / "sitecustomize.py"), run_name="looked at")["AWAITED"]
    assert awaited == set(PLACES)


def test_a_program_that_serves_nothing_sees_nothing_of_us() -> None:
    found = report()
    assert found["ours"] == []
    assert str(FOLDER) not in found["path"]
    assert found["file"] == report(path=())["file"], "as without us"


def test_the_hosts_own_sitecustomize_runs_once_under_its_name(tmp_path: Path) -> None:
    own = tmp_path / "sitecustomize.py"
    own.write_text(OWN)
    found = report(path=(FOLDER, tmp_path))
    assert found["runs"] == 1
    assert found["seen"] == ["sitecustomize", str(own), True]
    assert found["file"] == str(own)


def test_two_of_our_folders_are_as_good_as_one(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(OWN)
    assert report(path=(FOLDER, FOLDER, tmp_path))["runs"] == 1


def test_two_installations_of_us_do_not_trip_over_each_other(tmp_path: Path) -> None:
    other = shutil.copytree(FOLDER, tmp_path / "heapdiff" / "agent" / "startup")
    found = report(more=f"[{WRAPPED}, {LOADER}]", path=(FOLDER, other, ROOT))
    assert found["more"] == [True, ["name", "path"]]


@pytest.mark.parametrize("mistake", ["raise ValueError('mine')", "import missing_module", "1 +"])
def test_a_mistake_in_the_hosts_own_shows_as_it_would_without_us(tmp_path: Path, mistake: str) -> None:
    (tmp_path / "sitecustomize.py").write_text(mistake)
    with_us, without_us = (
        python("-c", "print('on')", path=path) for path in ((FOLDER, tmp_path), (tmp_path,))
    )
    assert (with_us.stdout, with_us.stderr) == (without_us.stdout, without_us.stderr)
    assert with_us.returncode == without_us.returncode == 0


BY_ITS_LOADER = """
import sys
from importlib.machinery import PathFinder
sys.path.remove({folder!r})
spec = PathFinder.find_spec("sitecustomize", sys.path)
if spec is not None:
    spec.loader.{load}
sys.through = True
"""


@pytest.mark.parametrize(
    "load", ['load_module("sitecustomize")', 'exec_module(sys.modules["sitecustomize"])']
)
@pytest.mark.parametrize("own", ["", OWN])
def test_who_has_our_loader_run_us_goes_on_after_that(tmp_path: Path, load: str, own: str) -> None:
    before = tmp_path / "before"
    before.mkdir()
    (before / "sitecustomize.py").write_text(BY_ITS_LOADER.format(folder=str(before), load=load))
    if own:
        (tmp_path / "sitecustomize.py").write_text(own)
    found = report(more=f"[{WRAPPED}, sys.through]", path=(before, FOLDER, tmp_path, ROOT))
    assert found["more"] == [True, True]
    assert found["runs"] == (1 if own else 0)


BECOMING = {
    "execl": "os.execl({0!r}, {0!r}, *{1!r})",
    "execv": "os.execv({0!r}, [{0!r}, *{1!r}])",
    "execle": "os.execle({0!r}, {0!r}, *{1!r}, os.environ)",
    "execvpe": "os.execvpe({0!r}, [{0!r}, *{1!r}], env=dict(os.environ))",
    "execve": "os.execve(os.open({0!r}, os.O_RDONLY), [{0!r}, *{1!r}], os.environ)",
}


@pytest.mark.parametrize("way", BECOMING)
def test_a_folder_that_a_wrapper_puts_before_ours_comes_behind_it(tmp_path: Path, way: str) -> None:
    (tmp_path / "sitecustomize.py").write_text(OWN)
    become = BECOMING[way].format(
        sys.executable, ["-c", REPORT.format(more=f"[{WRAPPED}, os.environ['OTHER']]")]
    )
    wrap = (
        f"import os\nos.environ['PYTHONPATH'] = {f'{tmp_path}:'!r} + os.environ['PYTHONPATH']\n"
        "os.environ['OTHER'] = 'kept'\n"
    )
    done = python("-c", wrap + become, path=(FOLDER, ROOT))
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert (found["more"], found["runs"]) == ([True, "kept"], 1)


def test_an_environment_without_us_or_with_us_first_is_executed_as_it_is() -> None:
    show = [sys.executable, "-S", "-c", "import os; print(os.environ.get('PYTHONPATH'))"]
    for value in ({}, {"PYTHONPATH": "/a:/b"}, {"PYTHONPATH": f"{FOLDER}:/a:{FOLDER}"}):
        done = python("-c", f"import os; os.execve({show[0]!r}, {show!r}, {value!r})")
        assert done.stdout == f"{value.get('PYTHONPATH')}\n"


def test_what_can_execute_a_descriptor_still_says_so() -> None:
    assert report(more="os.execve in os.supports_fd")["more"] is True


def test_isolated_pythons_are_left_alone() -> None:
    assert report("-I")["file"] == report("-I", path=())["file"]


def test_the_loader_of_an_awaited_module_is_as_it_was() -> None:
    assert report(more=f"[{WRAPPED}, {LOADER}]", path=(FOLDER, ROOT))["more"] == [True, ["name", "path"]]


def test_an_interpreter_without_heapdiff_finds_it_where_it_lies(tmp_path: Path) -> None:
    venv.create(tmp_path / "other", symlinks=True)
    other = str(tmp_path / "other" / "bin" / "python")
    found = report("-P", more=WRAPPED, executable=other)
    assert found["more"] is True
    assert str(ROOT) not in found["path"]


def test_a_broken_agent_does_not_stop_the_server(tmp_path: Path) -> None:
    (tmp_path / "heapdiff").mkdir()
    (tmp_path / "heapdiff" / "__init__.py").write_text("raise SystemError('broken')")
    done = python("-c", "import wsgiref.simple_server; print('on')", path=(FOLDER, tmp_path))
    assert (done.stdout, done.stderr) == ("on\n", "")
