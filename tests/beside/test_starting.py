"""Fresh processes beside this one."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from heapdiff.beside import starting
from heapdiff.beside.interpreter import find_interpreter
from heapdiff.beside.starting import COMMAND_LINE, Work, end, find_memory, start
from heapdiff.errors import CaptureError


def test_it_is_not_started_without_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "memory_left", lambda: (100_000_000, "the control group"))
    with pytest.raises(CaptureError, match="too little memory"):
        find_memory()


def test_a_server_that_has_python_inside_is_no_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/usr/bin/uwsgi")
    found = Path(find_interpreter())
    assert found.name.startswith("python")
    assert found.parent.parent in (Path(sys.prefix), Path(sys.base_prefix))


def output_of(work: Work) -> bytes:
    with start(work, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        return process.communicate()[0]


@pytest.mark.process
def test_it_is_the_command_line_without_this_processs_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEAPDIFF_AT_RSS", "no size")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    assert output_of(Work(COMMAND_LINE, ["--version"])).startswith(b"heapdiff ")


@pytest.mark.process
def test_it_is_the_first_to_go_with_its_memory_and_priority_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "conditions.py").write_text(
        "import os, resource\n"
        "print(open('/proc/self/oom_score_adj').read().strip(), os.nice(0), resource.getrlimit(resource.RLIMIT_AS)[0])"
    )
    monkeypatch.setattr(sys, "path", [*sys.path, "", str(tmp_path)])
    priority = min(os.nice(0) + 3, 19)
    said = output_of(Work("conditions", memory_bytes=400_000_000, priority=3)).split()
    assert said == [b"1000", str(priority).encode(), b"400000000"]


@pytest.mark.process
def test_what_it_started_is_ended_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "parent.py").write_text(
        "import subprocess, sys\n"
        "child = subprocess.Popen(['sleep', '600'])\n"
        "print(child.pid, flush=True)\n"
        "child.wait()"
    )
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    with start(Work("parent"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        end(process)
        assert process.stdout.read() == b""  # the child had it open, too
    assert process.returncode < 0
    assert not Path(f"/proc/{child}/cmdline").exists() or not Path(f"/proc/{child}/cmdline").read_bytes()


@pytest.mark.process
def test_it_ends_with_the_process_that_started_it_even_if_that_is_killed(tmp_path: Path) -> None:
    (tmp_path / "endless.py").write_text(
        "import os, sys\nos.write(1, b'begun')\nwhile True:\n    sum(range(1000))\n"
    )
    code = f"""
import subprocess, sys, threading, time
sys.path.append({str(tmp_path)!r})
from heapdiff.beside.starting import Work, start
for_one_thread = threading.Thread(target=lambda: start(Work("endless"), stdin=subprocess.DEVNULL))
for_one_thread.start()
for_one_thread.join()
time.sleep(1000)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.read(5) == b"begun", "and it outlives the thread that started it"
        assert not select.select([parent.stdout], [], [], 0.1)[0]
        parent.kill()
        assert parent.stdout.read() == b"", "nobody has the other end any more"
