"""`trim` says what a running process gave back, what that means, and why where it can't."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.agent.setups import NEEDS_NATIVE
from tests.cli.command import run
from tests.cli.targets import WAITING, pretending, running

AGENT = "import heapdiff\nheapdiff.install(signal=None)\n"
FREED = "gone = [bytearray(3000) for _ in range(20000)]\nkept = gone[::20]\ndel gone\n"
GIVEN = {
    "allocator": "libc.so.6",
    "rss_before_bytes": 580_000_000,
    "rss_after_bytes": 574_000_000,
    "free_before_bytes": 305_000_000,
    "free_after_bytes": 305_000_000,
    "took_us": 2500,
}


@NEEDS_NATIVE
def test_a_running_process_gives_back_what_is_free(tmp_path: Path) -> None:
    with running(AGENT + FREED + WAITING, HEAPDIFF_DIR=str(tmp_path)) as process:
        done = run("trim", str(process.pid), "--dir", tmp_path, "--format", "json")
        again = run("trim", str(process.pid), "--dir", tmp_path)
    assert (done.exit_code, done.stderr, again.exit_code) == (0, "", 0)
    told = json.loads(done.stdout)
    assert (told["schema"], told["pid"]) == ("trim/1", process.pid)
    assert told["given_back_bytes"] == told["rss_before_bytes"] - told["rss_after_bytes"] > 30_000_000
    assert told["took_ms"] > 0
    assert again.stdout.startswith(f"process {process.pid} ")


def trimmed(directory: Path, **changes: object) -> str:
    with pretending("honest", directory, answer="trim", trim={**GIVEN, **changes}) as pid:
        done = run("trim", str(pid), "--dir", directory)
    assert (done.exit_code, done.stderr) == (0, "")
    return " ".join(done.stdout.split()).replace(str(pid), "4242")


def test_where_little_comes_back_no_setting_is_worth_trying(tmp_path: Path) -> None:
    assert trimmed(tmp_path) == (
        "process 4242 gave back 6.00 MB: RSS 580 MB before, 574 MB after malloc had 305 MB free. Little of it was "
        "resident in whole pages, so no setting of the allocator would have returned it either. It took 2.5 ms."
    )


def test_where_much_comes_back_it_says_what_to_try(tmp_path: Path) -> None:
    said = trimmed(tmp_path, rss_after_bytes=300_000_000)
    assert "gave back 280 MB" in said
    assert "MALLOC_TRIM_THRESHOLD_" in said


def test_what_a_c_library_does_not_tell_is_left_out(tmp_path: Path) -> None:
    assert trimmed(tmp_path, free_before_bytes=None, rss_after_bytes=580_000_000) == (
        "process 4242 gave nothing back: RSS 580 MB before, 580 MB after It took 2.5 ms."
    )


@pytest.mark.parametrize(
    ("changes", "complaint", "todo"),
    [
        ({"answer": "unknown"}, "can't trim", "Restart the process"),
        ({"answer": "later"}, "it takes longer than 2 s", "heapdiff ps"),
        ({"answer": "busy"}, "it is still at an earlier order", "Try again"),
        (
            {
                "answer": "refused",
                "reason": "its allocator isn't glibc's",
                "trim": {"allocator": "libjemalloc.so.2"},
            },
            "its allocator isn't glibc's (libjemalloc.so.2)",
            "No memory was given back",
        ),
        ({"answer": "trim"}, "its answer makes no sense", "heapdiff doctor"),
        (
            {"answer": "trim", "trim": {**GIVEN, "took_us": -1}},
            "its answer makes no sense",
            "heapdiff doctor",
        ),
        ({"answer": "refused", "reason": "no", "trim": {"allocator": 7}}, "no", "No memory was given back"),
    ],
)
def test_one_line_says_why_nothing_was_given_back(
    tmp_path: Path, changes: dict[str, object], complaint: str, todo: str
) -> None:
    with pretending("honest", tmp_path, **changes) as pid:
        done = run("trim", str(pid), "--dir", tmp_path)
    assert (done.exit_code, done.stdout) == (4, "")
    assert complaint in done.complaint[0]
    assert todo in done.complaint[1]


def test_the_other_engine_says_that_it_cannot(tmp_path: Path) -> None:
    with running(AGENT + WAITING, HEAPDIFF_DIR=str(tmp_path), HEAPDIFF_ENGINE="gc") as process:
        done = run("trim", str(process.pid), "--dir", tmp_path)
    assert done.exit_code == 4
    assert done.complaint[0].endswith("its engine can't ask malloc to give memory back")
