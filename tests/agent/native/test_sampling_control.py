"""The sampler under the agent's control: by its socket, by the watcher's thread, across forks, and taken out with it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from heapdiff.remote.door import TIMEOUT_S
from tests.agent.setups import NEEDS_NATIVE
from tests.agent.target import Target
from tests.processes import address_of, agent_files

pytestmark = NEEDS_NATIVE

SETUP = """
import os, time
import heapdiff
from heapdiff.agent import _native
from heapdiff.agent.worker import installation
heapdiff.install(signal=None)
def until(condition):
    last = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < last
        time.sleep(0.002)
    return True
def in_child(function):
    read, write = os.pipe()
    if os.fork() == 0:
        try:
            os.write(write, repr(function()).encode())
        finally:
            os._exit(0)
    os.wait()
    os.close(write)
    return eval(os.read(read, 10000))
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "snapshots"


@pytest.fixture
def target(directory: Path) -> Iterator[Target]:
    with Target(SETUP, HEAPDIFF_DIR=str(directory)) as running:
        yield running


def say(target: Target, directory: Path, order: str) -> dict[str, Any]:
    with (
        address_of(agent_files(directory, target.process.pid)[1]) as address,
        socket.socket(socket.AF_UNIX) as door,
    ):
        door.settimeout(TIMEOUT_S * 4)
        door.connect(address)
        door.sendall(f"heapdiff/1 {order}\n".encode())
        answer: dict[str, Any] = json.loads(door.makefile().read())
        return answer


def test_an_order_is_obeyed_before_it_is_answered(target: Target, directory: Path) -> None:
    answer = say(target, directory, "sample every=1000 for=60")
    assert (answer["answer"], answer["sample"]["bytes"]) == ("sample", 1000)
    assert target.evaluate("_native.sampling()['on'], _native._is_hooked()") == [True, True]
    answer = say(target, directory, "sample off")
    assert (answer["answer"], answer["sample"]) == ("sample", None)
    assert target.evaluate("_native.sampling()['on'], _native._is_hooked()") == [False, False]


NO_ORDERS = (
    "sample", "sample ", "sample on", "sample off ", "sample offf", "sample every=0 for=1", "sample every=-1 for=1",
    "sample every=1", "sample every= for=1", "sample every=1 for=", "sample every=1 for=1 ", "sample every=1k for=1",
    "sample for=1 every=1", "sample every=1  for=1", "sample every=99999999999999999999999 for=1",
    "sample every=18446744073709551617 for=1", "sample every=1 for=99999999999", "sample every=\u0661 for=1",
)  # fmt: skip


def test_any_other_order_is_unknown(target: Target, directory: Path) -> None:
    assert {say(target, directory, order)["answer"] for order in NO_ORDERS} == {"unknown"}
    assert target.evaluate("_native.sampling()['on']") is False


def test_a_process_whose_code_does_not_let_go_obeys_later(target: Target, directory: Path) -> None:
    """A C function that keeps the lock for longer than anybody waits: the answer says so, and the next order has to wait, too."""
    target.execute(
        "import ctypes, sys\n"
        "sys.setswitchinterval(1000)\n"
        "library, byte = ctypes.PyDLL(None), ctypes.create_string_buffer(1)\n"
        "here, there = os.pipe(), os.pipe()\n"
        "def hold(): library.write(here[1], byte, 1); library.read(there[0], byte, 1)\n"
    )
    holding, release = target.evaluate("here[0], there[1]")
    place = f"/proc/{target.process.pid}/fd"
    with open(f"{place}/{release}", "wb", buffering=0) as pipe, open(f"{place}/{holding}", "rb") as begun:
        target.ask("None", "hold()")
        begun.read(1)
        answer = say(target, directory, "sample every=1000 for=0")
        assert (answer["answer"], answer["sample"]) == ("later", None)
        assert say(target, directory, "sample off")["answer"] == "busy"
        pipe.write(b"x")
    assert target.answer() is None
    assert target.evaluate("until(lambda: _native.sampling()['on'])") is True


def test_its_time_ends_it_though_nothing_is_allocated(target: Target, directory: Path) -> None:
    assert say(target, directory, "sample every=1000000 for=1")["sample"]["seconds_left"] == 1
    assert target.evaluate("until(lambda: not _native._is_hooked())") is True


def test_a_forked_child_goes_on_from_its_parents_samples(target: Target) -> None:
    assert target.evaluate("_native.sample(1000, 0)") is None
    target.execute("kept = [bytearray(500) for _ in range(2000)]")
    live = target.evaluate("_native.sampling()['live']")
    assert live > 500
    target.execute(
        "def child():\n"
        "    before = _native.sampling()['live']\n"
        "    kept.extend([bytearray(500) for _ in range(2000)])\n"
        "    more = _native.sampling()['live']\n"
        "    kept.clear()\n"
        "    return before, more, _native.sampling()['live']\n"
    )
    before, more, after = target.evaluate("in_child(child)")
    assert before > live - 100  # some were of what the question took
    assert more > before + 500
    assert after < before - 400


def test_children_draw_other_moments_than_their_parent(target: Target) -> None:
    assert target.evaluate("_native.sample(5000, 0)") is None
    target.execute(
        "def child():\n"
        "    kept = [bytearray(n) for n in range(3000)]\n"
        "    return sorted(size for _, size, _ in _native._samples())[-40:]\n"
    )
    first, second = target.evaluate("in_child(child), in_child(child)")
    assert first != second


def test_tracemalloc_that_took_us_out_is_noticed_by_the_watcher(target: Target) -> None:
    target.execute("import tracemalloc; tracemalloc.start(); _native.sample(1000, 0); tracemalloc.stop()")
    assert target.evaluate("until(_native._is_hooked)") is True


def test_a_snapshot_is_taken_while_samples_are(target: Target, directory: Path) -> None:
    before = json.loads(Path(target.evaluate("str(heapdiff.snapshot())")).read_text())
    say(target, directory, "sample every=1000 for=0")
    target.execute("kept = [bytearray(500) for _ in range(2000)]")
    during = json.loads(Path(target.evaluate("str(heapdiff.snapshot())")).read_text())
    assert during["graph"]["bytes"] > before["graph"]["bytes"]
    assert during["memory"]["allocator"].keys() == before["memory"]["allocator"].keys()
    assert target.evaluate("_native._is_hooked()") is True


def test_an_agent_that_is_taken_out_leaves_no_hook(target: Target) -> None:
    target.execute("heapdiff.install(signal=None, sample='64kB')")
    assert target.evaluate("_native.sampling()['interval'], _native._is_hooked()") == [64000, True]
    target.execute("heapdiff.install(signal=None, sample=0)")
    assert target.evaluate("_native._is_hooked()") is False
    target.execute("heapdiff.install(signal=None, sample='64kB'); installation.uninstall()")
    assert target.evaluate("_native._is_hooked()") is False


def test_debug_hooks_below_us_see_nothing_wrong(directory: Path) -> None:
    with Target(SETUP, HEAPDIFF_DIR=str(directory), PYTHONMALLOC="debug") as target:
        target.execute(
            "heapdiff.install(signal=None, sample='1kB'); kept = [bytearray(500) for _ in range(2000)]"
        )
        assert target.evaluate("_native.sampling()['live'] > 500") is True
        target.execute("kept.clear(); installation.uninstall()")
        assert target.evaluate("_native._is_hooked()") is False


SUBINTERPRETER = """
try:
    import _interpreters as interpreters
    def beside(code, isolated):
        other = interpreters.create("isolated" if isolated else "legacy")
        assert interpreters.exec(other, code) is None
        interpreters.destroy(other)
except ImportError:
    import _xxsubinterpreters as interpreters
    def beside(code, isolated):
        other = interpreters.create(isolated=isolated)
        interpreters.run_string(other, code)
        interpreters.destroy(other)
_native.sample(1, 0)
"""
ALLOCATE = (
    "kept = [bytearray(100) for _ in range(30000)]; text = [str(n) for n in range(30000)]; kept.clear()"
)


def test_subinterpreters_are_let_through(target: Target) -> None:
    """One that shares the GIL; from 3.12 on, an isolated one has its own."""
    target.execute(SUBINTERPRETER)
    before = target.evaluate("_native.sampling()['taken']")
    target.execute(f"beside({ALLOCATE!r}, True); beside({ALLOCATE!r}, False)")
    assert target.evaluate("_native.sampling()['taken']") < before + 20_000
