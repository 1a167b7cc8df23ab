"""memory_profiler's decorator: its functions are found, and it stands aside while heapdiff measures."""

from __future__ import annotations

import builtins
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("heapdiff.agent._native", reason="no compiler here: the native engine was not built")

from heapdiff.flask.lines.functions import unwrap
from heapdiff.flask.lines.memory_profiler import builtin_decorator, decorated

memory_profiler = pytest.importorskip("memory_profiler")  # in the extra `benchmarks`


def plain(count: int) -> list[bytearray]:
    return [bytearray(1000) for _ in range(count)]


profiled: Any = memory_profiler.profile(plain, stream=io.StringIO())

PROGRAM = """
import io, memory_profiler
from heapdiff.flask import LineProfile
from heapdiff.flask.lines.memory_profiler import standing_aside

printed = io.StringIO()

@memory_profiler.profile(stream=printed)
def plain(count):
    return [bytearray(1000) for _ in range(count)]

with standing_aside(), LineProfile(plain) as profile:
    kept = plain(10)
(function,) = profile.figures().functions
assert (function.function, function.calls) == ("__main__.plain", 1), function
assert 10_000 <= function.kept_bytes <= function.allocated_bytes < 13_000, function
assert printed.getvalue() == ""
plain(10)
assert "Mem usage" in printed.getvalue()
print("done")
"""


def test_decorated_functions_are_found_and_unwrapped() -> None:
    assert profiled in decorated()
    assert unwrap(profiled) is plain
    assert unwrap(memory_profiler.LineProfiler().wrap_function(plain)) is plain


@pytest.mark.process
def test_it_prints_and_traces_nothing_while_heapdiff_measures_and_goes_on_afterwards(tmp_path: Path) -> None:
    """In a process of its own: `sys.settrace` leaves traces."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", program], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("done\n", "")


def test_a_bare_profile_is_there_while_an_application_is_loaded_and_nobody_s_is_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with builtin_decorator(unwrap):
        assert vars(builtins)["profile"] is unwrap
    assert "profile" not in vars(builtins)
    monkeypatch.setattr(builtins, "profile", plain, raising=False)
    with builtin_decorator(unwrap):
        assert vars(builtins)["profile"] is plain
    assert vars(builtins)["profile"] is plain
