"""What a forked copy of the process may do, what comes back, and what the process keeps of it."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from heapdiff.agent.engines.headroom import Limit
from heapdiff.errors import CaptureError
from heapdiff.flask.apart import forked
from heapdiff.flask.apart.forked import Limits, ask_child
from tests.agent.setups import NEEDS_NATIVE
from tests.descriptors import descriptors_taken

pytestmark = pytest.mark.process

WAYS = ["native", "python"]


@pytest.fixture(params=[pytest.param("native", marks=NEEDS_NATIVE), "python"])
def limits(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Limits:
    """For each of the two ways to fork."""
    if request.param == "python":
        monkeypatch.setattr(forked, "_native", lambda: None)
    return Limits(tmp_path)


def of_child(look: Callable[[], object], limits: Limits) -> object:
    return json.loads(ask_child(lambda: json.dumps(look()).encode(), limits))


def test_a_child_sees_the_heap_and_its_answer_comes_back_whole(limits: Limits) -> None:
    mine = ["here"]
    assert of_child(lambda: [mine, os.getpid() != os.getppid(), "x" * 300_000], limits) == [
        ["here"],
        True,
        "x" * 300_000,
    ]


def test_a_child_holds_no_socket_or_file_of_the_worker_and_writes_to_no_stream(limits: Limits) -> None:
    def look() -> list[str]:
        entries = [f"/proc/self/fd/{each}" for each in os.listdir("/proc/self/fd")]
        return [os.readlink(entry) for entry in entries if os.path.exists(entry)]

    with socket.create_server(("127.0.0.1", 0)):
        held = of_child(look, limits)
    assert isinstance(held, list)
    others = [place for place in held if place != "/dev/null"]
    assert len([place for place in others if place.startswith("pipe:")]) == 1
    assert not [place for place in others if place.startswith("socket:")]


def test_a_child_is_expendable_ends_by_signals_and_leaves_no_core(limits: Limits) -> None:
    def look() -> list[object]:
        import resource

        score = Path("/proc/self/oom_score_adj").read_text().strip()
        return [
            score,
            os.getpriority(os.PRIO_PROCESS, 0),
            resource.getrlimit(resource.RLIMIT_CORE)[0],
            signal.getsignal(signal.SIGTERM) is signal.SIG_DFL,
        ]

    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        assert of_child(look, limits) == ["1000", max(10, os.getpriority(os.PRIO_PROCESS, 0)), 0, True]
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.slow
def test_frozen_objects_are_seen_and_no_destructor_of_garbage_runs(limits: Limits, tmp_path: Path) -> None:
    class Rude:
        def __del__(self) -> None:
            (tmp_path / f"deleted in {os.getpid()}").touch()

    garbage = Rude()
    garbage.itself = garbage  # type: ignore[attr-defined]
    del garbage
    gc.freeze()
    try:

        def look() -> int:
            gc.collect()
            return sum(type(each).__name__ == "Rude" for each in gc.get_objects())

        assert of_child(look, limits) == 1
        assert list(tmp_path.iterdir()) == []
    finally:
        gc.unfreeze()
        gc.collect()
        gc.freeze()  # all the suite's, for the tests after it
    assert [path.name for path in tmp_path.iterdir()] == [f"deleted in {os.getpid()}"]


@pytest.mark.slow
def test_it_works_beside_threads_that_want_the_interpreter(limits: Limits) -> None:
    stop = threading.Event()
    busy = [threading.Thread(target=lambda: [None for _ in iter(stop.is_set, True)]) for _ in range(3)]
    for thread in busy:
        thread.start()
    try:
        assert [of_child(lambda: len(gc.get_objects()) > 1000, limits) for _ in range(2)] == [True] * 2
    finally:
        stop.set()
        for thread in busy:
            thread.join()


def test_what_takes_too_long_is_ended(limits: Limits) -> None:
    with pytest.raises(CaptureError, match=r"took more than 0\.1 s"):
        ask_child(wait_long, Limits(limits.directory, deadline_s=0.1))


def test_a_crash_is_one_sentence(limits: Limits) -> None:
    with pytest.raises(CaptureError, match="ended with SIGSEGV"):
        ask_child(lambda: ctypes.string_at(0), limits)


def test_what_is_raised_there_tells_its_kind_and_nothing_of_its_text(limits: Limits) -> None:
    with pytest.raises(CaptureError, match=r"^it failed: KeyError\n"):
        ask_child(lambda: dict[str, bytes]()["secret"], limits)
    with pytest.raises(CaptureError, match="a reason"):
        ask_child(lambda: raise_(CaptureError("a reason")), limits)
    with pytest.raises(CaptureError, match="code 0"):
        ask_child(lambda: os._exit(0), limits)


def wait_long() -> bytes:
    time.sleep(60)
    return b""


def raise_(error: Exception) -> bytes:
    raise error


def test_an_answer_is_bounded(limits: Limits) -> None:
    with pytest.raises(CaptureError, match="longer than 0 MB"):
        ask_child(lambda: b"x" * 200_000, Limits(limits.directory, answer_most=100_000))


def test_no_process_or_descriptor_is_left_behind(limits: Limits) -> None:
    before = sorted(os.listdir("/proc/self/fd"))
    for work in (lambda: b"", lambda: ctypes.string_at(0), lambda: b"x" * 200_000):
        try:
            ask_child(work, Limits(limits.directory, answer_most=100_000))
        except CaptureError:
            continue
    assert sorted(os.listdir("/proc/self/fd")) == before
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


@pytest.mark.parametrize("free", range(5))
def test_without_descriptors_it_is_one_sentence_and_none_is_left_behind(limits: Limits, free: int) -> None:
    before = sorted(os.listdir("/proc/self/fd"))
    with contextlib.suppress(CaptureError), descriptors_taken(most=200, free=free):
        ask_child(lambda: b"", limits)
    assert sorted(os.listdir("/proc/self/fd")) == before


def test_a_worker_may_have_more_than_a_thousand_descriptors(limits: Limits) -> None:
    with descriptors_taken(most=1100, free=10):
        assert ask_child(lambda: b"here", limits) == b"here"


def test_it_is_not_started_without_room(limits: Limits, monkeypatch: pytest.MonkeyPatch) -> None:
    need = (1e9, 1e9, 1e9, 0.0)
    monkeypatch.setattr(forked, "limit_memory", lambda *_: Limit("memory", 10**8, "the control group", need))
    with pytest.raises(CaptureError, match="needs up to 1000 MB, the control group leaves 100 MB"):
        ask_child(lambda: b"", limits)


def test_it_is_ended_when_memory_gets_short_meanwhile(
    limits: Limits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forked, "LOOK_S", 0.01)
    monkeypatch.setattr(forked, "memory_left", lambda: (10**6, "the machine"))
    with pytest.raises(CaptureError, match="memory got short"):
        ask_child(wait_long, limits)


@NEEDS_NATIVE
def test_functions_registered_for_forks_are_not_called_and_stay_registered(tmp_path: Path) -> None:
    code = """
import os, sys, threading
from pathlib import Path
from heapdiff.flask.apart.forked import Limits, ask_child
called = []
for when in ("before", "after_in_parent", "after_in_child"):
    os.register_at_fork(**{when: lambda when=when: called.append(when)})
threading.Thread(target=threading.Event().wait, daemon=True).start()
print(ask_child(lambda: str(called).encode(), Limits(Path("."))).decode(), called)
import warnings
warnings.simplefilter("ignore")
if not (pid := os.fork()):
    os._exit(called != ["before", "after_in_child"])
print(called, os.waitpid(pid, 0)[1])
"""
    import subprocess

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.stdout.splitlines() == ["[] []", "['before', 'after_in_parent'] 0"], done.stderr
