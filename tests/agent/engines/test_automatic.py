"""Snapshots that an agent takes by itself: thresholds, timers, requests, the end.

`test_triggers` has the Python engine's rules as tables; here it shows once that it obeys them.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.setups import EVERY_ENGINE, NATIVE, NEEDS_NATIVE, WITHOUT_ITS_WALK, engine_setup
from tests.agent.target import ROOT, Target

DEADLINE_S = 60.0
RULES = """
def automate(rss_bytes=0, rss_percent=0, every_s=0, every_requests=0, exit_s=0, interval_s=0):
    engine.automate(rss_bytes, rss_percent, every_s, every_requests, exit_s, interval_s)
    engine.start()
def rss():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
def serve(requests):
    for _ in range(requests):
        engine.count_request()
"""


@pytest.fixture(params=[NATIVE])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Target]:
    with Target(engine_setup(request.param, tmp_path, walk=False) + RULES) as running:
        yield running


def triggers(directory: Path) -> list[str]:
    """Oldest first."""
    summaries = [json.loads(path.read_text()) for path in directory.glob("[!.]*.json")]
    return [summary["trigger"] for summary in sorted(summaries, key=lambda summary: summary["captured_at"])]


def test_nothing_is_taken_unless_asked_for(target: Target, tmp_path: Path) -> None:
    target.execute("automate(); serve(1000)\nballast = b'x' * (64 << 20)")
    assert target.evaluate("engine.status()['state']") == "idle"
    assert triggers(tmp_path) == []


def test_a_threshold_fires_once_for_a_crossing_and_again_for_a_tenth_more(
    target: Target, tmp_path: Path
) -> None:
    target.execute("automate(rss_bytes=rss() + (64 << 20))")
    assert triggers(tmp_path) == []
    target.execute("ballast = [b'x' * (96 << 20)]\nfinished(1)")
    assert triggers(tmp_path) == ["threshold"]
    # a timer that fires later proves that the threshold, still exceeded, had its chance and kept quiet
    target.execute("engine.automate(0, 0, 0, 5, 0, 0)\nserve(5)\nfinished(2)")
    assert triggers(tmp_path) == ["threshold", "requests"]


def test_a_threshold_still_exceeded_stays_quiet_until_it_grows(target: Target, tmp_path: Path) -> None:
    target.execute("automate(rss_bytes=rss() // 2, every_requests=1)\nfinished(1)")
    for served in range(2, 5):
        target.execute(f"serve(1)\nfinished({served})")
    assert triggers(tmp_path) == ["threshold", "requests", "requests", "requests"]
    target.execute("ballast = b'x' * rss()\nfinished(5)")
    assert triggers(tmp_path)[-1] == "threshold"


def test_a_share_of_the_memory_limit_is_a_threshold(target: Target, tmp_path: Path) -> None:
    target.execute(
        "automate(rss_percent=100)\nautomate(rss_percent=100, every_requests=1)\nserve(1)\nfinished(1)"
    )
    assert triggers(tmp_path) == ["requests"]


def test_a_timer_fires_again_and_again(target: Target, tmp_path: Path) -> None:
    target.execute("automate(every_s=1)\nfinished(2)\nautomate()")
    assert triggers(tmp_path)[:2] == ["timer", "timer"]


@pytest.mark.parametrize("target", EVERY_ENGINE, indirect=True)
def test_so_many_requests_fire(target: Target, tmp_path: Path) -> None:
    target.execute("automate(every_requests=100)\nserve(100)\nfinished(1)\nserve(100)\nfinished(2)")
    assert triggers(tmp_path) == ["requests", "requests"]
    requests = [json.loads(path.read_text())["process"]["requests"] for path in tmp_path.glob("[!.]*.json")]
    assert sorted(requests) == [100, 200]


@pytest.mark.parametrize("target", ["gc"], indirect=True)
def test_the_python_engine_fires_for_each_of_its_rules(target: Target, tmp_path: Path) -> None:
    target.execute("automate(rss_bytes=rss() + (16 << 20))\nballast = [b'x' * (32 << 20)]\nfinished(1)")
    target.execute("automate(every_s=1)\nfinished(2)\nautomate()")
    assert triggers(tmp_path)[:2] == ["threshold", "timer"]


def test_two_never_come_within_the_interval(target: Target, tmp_path: Path) -> None:
    target.execute(
        "automate(rss_bytes=1, every_s=1, every_requests=1, interval_s=3600)\nfinished(1)\nserve(500)"
    )
    assert target.evaluate("snapshot('asked for')['state']") == "done"
    assert triggers(tmp_path) == ["threshold", "api"]


@pytest.mark.parametrize("target", EVERY_ENGINE, indirect=True)
def test_a_capture_that_fails_by_itself_is_not_tried_again_at_once(target: Target, tmp_path: Path) -> None:
    target.execute(f"os.chmod({str(tmp_path)!r}, 0o777)")
    target.execute("automate(rss_bytes=1, interval_s=3600)\nfinished(1)")
    assert target.evaluate("engine.status()['failures']") == 1
    target.execute(f"os.chmod({str(tmp_path)!r}, 0o700)")
    assert target.evaluate("snapshot()['state']") == "done"
    assert target.evaluate("done()") == 2


PROGRAM = """
import os, signal, sys, time
import heapdiff
from heapdiff.agent.worker import installation
heapdiff.install({directory!r}, signal=None, at_exit={limit}, min_interval=0)
print("ready", flush=True)
{then}
"""


def run_to_its_end(
    directory: Path, then: str, engine: str, limit: str = "30", ask: signal.Signals | None = None
) -> subprocess.Popen[str]:
    """A program with a snapshot before its end, when it has ended."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(directory=str(directory), limit=limit, then=then)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "HEAPDIFF_ENGINE": engine},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    if ask is not None:
        process.send_signal(ask)
    try:
        process.wait(DEADLINE_S)
    finally:
        process.kill()
        process.communicate()
    return process


def at_exit(engine: str) -> list[str]:
    """CPython 3.12 forks no more once its end has begun."""
    return [] if engine == "gc" and sys.version_info[:2] == (3, 12) else ["exit"]


@pytest.mark.parametrize("engine", EVERY_ENGINE)
def test_the_end_of_a_program_is_preceded_by_a_snapshot(tmp_path: Path, engine: str) -> None:
    assert run_to_its_end(tmp_path, "pass", engine).returncode == 0
    assert triggers(tmp_path) == at_exit(engine)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "then", ["sys.exit(3)", "raise RuntimeError('end')", "os.kill(os.getpid(), signal.SIGINT)"]
)
@NEEDS_NATIVE
def test_every_end_that_runs_exit_functions_counts(tmp_path: Path, then: str) -> None:
    run_to_its_end(tmp_path, then, "native")
    assert triggers(tmp_path) == ["exit"]


@NEEDS_NATIVE
class TestTermination:
    """SIGTERM where nobody handles it: only the native engine can catch that without code of the host."""

    def test_the_process_still_dies_of_it_after_a_snapshot(self, tmp_path: Path) -> None:
        process = run_to_its_end(tmp_path, "while True: signal.pause()", "native", ask=signal.SIGTERM)
        assert process.returncode == -signal.SIGTERM
        assert triggers(tmp_path) == ["exit"]

    def test_a_second_one_ends_it_at_once(self, tmp_path: Path) -> None:
        keep_gil = (
            "os.kill(os.getpid(), signal.SIGTERM)\nos.kill(os.getpid(), signal.SIGTERM)\nsignal.pause()"
        )
        assert run_to_its_end(tmp_path, keep_gil, "native").returncode == -signal.SIGTERM

    def test_a_process_that_never_lets_go_of_the_interpreter_dies_at_the_limit(self, tmp_path: Path) -> None:
        hold = """
import ctypes
wait, semaphore = ctypes.PyDLL(None).sem_wait, ctypes.create_string_buffer(64)
sys.setswitchinterval(10_000)
os.kill(os.getpid(), signal.SIGTERM)
wait(semaphore)
"""
        process = run_to_its_end(tmp_path, hold, "native", limit="1")
        assert process.returncode == -signal.SIGTERM
        assert triggers(tmp_path) == []

    def test_a_handler_of_the_application_is_left_alone(self, tmp_path: Path) -> None:
        then = """
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
os.kill(os.getpid(), signal.SIGTERM)
while True: signal.pause()
"""
        assert run_to_its_end(tmp_path, then, "native").returncode == 7
        assert triggers(tmp_path) == ["exit"]

    def test_a_child_of_the_application_dies_of_it_as_ever(self, tmp_path: Path) -> None:
        then = """
pid = os.fork()
if pid == 0:
    os.kill(os.getpid(), signal.SIGTERM)
    while True: signal.pause()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGTERM and 5)
"""
        assert run_to_its_end(tmp_path, then, "native").returncode == 5


@NEEDS_NATIVE
def test_two_engines_of_one_process_never_share_a_name(tmp_path: Path) -> None:
    both = (
        engine_setup("native", tmp_path)
        + WITHOUT_ITS_WALK
        + """
one = engine
other = ENGINES["gc"]()
engine = other
configure()
"""
    )
    with Target(both) as target:
        taken = target.evaluate("""[
            snapshot()["name"] for _ in range(4)
            for engine_now in (one, other) if globals().update(engine=engine_now) is None]""")
    assert len(set(taken)) == 8
    assert {path.name for path in tmp_path.glob("[!.]*.json")} == set(taken)
