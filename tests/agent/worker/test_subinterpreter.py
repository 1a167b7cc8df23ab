"""An application in a subinterpreter, as mod_wsgi runs it by default: another engine takes over and says why."""

from __future__ import annotations

from pathlib import Path

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
