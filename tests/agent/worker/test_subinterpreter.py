"""An application in a subinterpreter, as mod_wsgi runs it by default: another engine takes over and says why."""

from __future__ import annotations

from pathlib import Path

from heapdiff.remote.door import ask_status
from tests.agent.compiled import compile_library
from tests.agent.target import ROOT, Target

RUN = """
def run_inside(code):
    try:
        import _interpreters as interpreters
    except ImportError:
        import _xxsubinterpreters as interpreters
        interpreters.run_string(interpreters.create(isolated=False), code)
    else:
        assert interpreters.exec(interpreters.create("legacy"), code) is None
"""
EMBEDDING = """
#include <Python.h>
int run(const char *code)
{
    PyThreadState *mine = PyThreadState_Get(), *made = Py_NewInterpreter();
    int failed = PyRun_SimpleString(code);
    Py_EndInterpreter(made);
    PyThreadState_Swap(mine);
    return failed;
}
"""
INSTALL = """
import sys
sys.path.insert(0, {root!r})
import heapdiff
heapdiff.install(dir={directory!r})
import os, pathlib
pathlib.Path({directory!r}).with_name("was there").write_text(" ".join(os.listdir({directory!r})))
"""
CHOOSE = """
import sys
sys.path.insert(0, {root!r})
from heapdiff.agent.engines.choice import choose_engine
choice = choose_engine(None)
open({answer!r}, "w").write(choice.name + ": " + choice.reason)
"""


def test_the_native_engine_leaves_a_subinterpreter_to_another(tmp_path: Path) -> None:
    answer = tmp_path / "answer"
    with Target(RUN) as target:
        target.execute(f"run_inside({CHOOSE.format(root=str(ROOT), answer=str(answer))!r})")
    name, _, reason = answer.read_text().partition(": ")
    assert name == "gc"
    assert "native is not available" in reason


THREADS = "len(os.listdir('/proc/self/task'))"


def test_a_subinterpreter_can_end_with_the_agent_in_it(tmp_path: Path) -> None:
    library = compile_library(tmp_path / "library", "embedding", EMBEDDING)
    code = INSTALL.format(root=str(ROOT), directory=str(tmp_path / "snapshots"))
    with Target(f"import ctypes, os; run = ctypes.PyDLL({str(library)!r}).run") as target:
        before = target.evaluate(THREADS)  # an emulator has one of its own
        assert target.evaluate(f"run({code.encode()!r})") == 0
        assert target.evaluate(THREADS) == before
        assert f"agent-{target.process.pid}" in (tmp_path / "was there").read_text()
        assert not (tmp_path / "snapshots" / f".agent-{target.process.pid}.json").exists()


def test_a_subinterpreter_leaves_the_agent_of_the_main_one_alone(tmp_path: Path) -> None:
    directory = tmp_path / "snapshots"
    code = INSTALL.format(root=str(ROOT), directory=str(directory))
    with Target(RUN + f"\nimport heapdiff; heapdiff.install(dir={str(directory)!r})") as target:
        before = ask_status(directory, target.process.pid)
        target.execute(f"run_inside({code!r})")
        assert before is not None
        assert ask_status(directory, target.process.pid) == before
