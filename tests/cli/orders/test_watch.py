"""`watch` with a real agent in a real process: what it prints, and that an interrupt ends it there, too."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from heapdiff.remote.door import call
from heapdiff.remote.watching.reports import Report, read_report
from tests.agent.setups import NEEDS_NATIVE
from tests.cli.command import ROOT, START, environment, run
from tests.cli.targets import WAITING, running
from tests.cli.terminals import show_on_a_terminal

pytestmark = [NEEDS_NATIVE, pytest.mark.process]
WATCHABLE = pytest.mark.skipif(sys.version_info < (3, 12), reason="CPython has no dict watchers before 3.12")
SHOP = """
SESSIONS = {}
def remember(number):
    SESSIONS[number] = object()
    if number % 2:
        del SESSIONS[number]
"""
PROGRAM = """
import sys, threading
sys.path.insert(0, {folder!r})
import shop
import heapdiff
heapdiff.install(dir={directory!r}, signal=None)
ended = threading.Event()
def serve():
    number = 0
    while not ended.wait(0.001):
        shop.remember(number)
        number += 1
server = threading.Thread(target=serve)
server.start()
print("ready", flush=True)
sys.stdin.read()
ended.set()
server.join()
"""


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("watched") / "snapshots"


@pytest.fixture(scope="module")
def shop(directory: Path) -> Iterator[int]:
    (directory.parent / "shop.py").write_text(SHOP)
    with running(PROGRAM.format(folder=str(directory.parent), directory=str(directory))) as process:
        yield process.pid


@WATCHABLE
def test_the_table_names_line_and_thread_and_ends_with_a_sentence(shop: int, directory: Path) -> None:
    done = run("watch", str(shop), "shop.SESSIONS", "-n", "30", "--dir", directory)
    assert (done.exit_code, done.stderr) == (0, "")
    heading, _, row, _, *sentence = done.stdout.splitlines()
    assert heading.split() == ["Inserted", "Share", "By", "At", "In"]
    assert row.split() == ["30", "100%", "remember", "shop.py:4", "thread", "serve"]
    assert " ".join(sentence) in {
        f"Of 30 insertions, 30 by remember (shop.py:4) in thread serve; {removed} removed."
        for removed in (14, 15)
    }


@WATCHABLE
def test_json_is_the_whole_answer(shop: int, directory: Path) -> None:
    done = run("watch", str(shop), "shop.SESSIONS", "-n", "4", "--format", "json", "--dir", directory)
    told = json.loads(done.stdout)
    assert (told["schema"], told["holder"], told["inserted"]) == ("watch/1", "shop.SESSIONS", 4)
    assert told["removed"] in (1, 2)
    assert (told["pid"], told["type"], told["ended"], told["unplaced"]) == (shop, "dict", "count", 0)
    assert told["sites"] == [
        {
            "file": "shop.py",
            "line": 4,
            "function": "remember",
            "entry": {"kind": "thread", "name": "serve"},
            "count": 4,
        }
    ]


@WATCHABLE
def test_a_terminal_shows_it_while_it_goes_on(shop: int, directory: Path) -> None:
    shown = show_on_a_terminal(100, "watch", str(shop), "shop.SESSIONS", "--for", "1s", "--dir", directory)
    assert f"shop.SESSIONS in process {shop}: " in shown
    assert "Ctrl-C" in shown
    assert "insertions, " in shown.splitlines()[-1]


@WATCHABLE
def test_an_interrupt_ends_it_in_the_process_too_and_tells_what_was_seen(shop: int, directory: Path) -> None:
    command = [sys.executable, "-c", START, "watch", str(shop), "shop.SESSIONS", "--dir", str(directory)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=environment(PYTHONPATH=str(ROOT))
    ) as process:
        while state(directory, shop) != "watching":
            pass
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate()
    assert process.returncode == 0
    assert out.splitlines()[-1].endswith("removed.")
    assert state(directory, shop) == "ended"


def state(directory: Path, pid: int) -> str:
    return report(directory, pid).state


def report(directory: Path, pid: int) -> Report:
    answer = call(directory, pid, "watching", None)
    assert answer is not None
    told = read_report(answer)
    assert told is not None
    return told


def test_what_cannot_be_watched_is_two_lines_and_4(shop: int, directory: Path) -> None:
    done = run("watch", str(shop), "shop.MISSING", "--dir", directory)
    assert (done.exit_code, done.stdout, len(done.complaint)) == (4, "", 2)
    assert f"process {shop}: shop (module) has no .MISSING" in done.complaint[0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("shop.SESSIONS['…']",), "masked"),
        (("shop.SESSIONS", "--for", "soon"), "expected a duration"),
        (("shop.SESSIONS", "--for", "0s"), "at least one second"),
        (("shop.SESSIONS", "--for", "2d"), "longer than a day"),
        (("shop.SESSIONS", "-n", "0"), "-n"),
    ],
)
def test_wrong_usage_is_told_before_anybody_is_asked(arguments: tuple[str, ...], said: str) -> None:
    done = run("watch", "1", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.complaint[0]


def test_a_process_without_an_agent_says_so(tmp_path: Path) -> None:
    with running(WAITING) as process:
        done = run("watch", str(process.pid), "shop.SESSIONS", "--dir", tmp_path)
    assert done.exit_code == 4
    assert "has no heapdiff agent" in done.complaint[0]
