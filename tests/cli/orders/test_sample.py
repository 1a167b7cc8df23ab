"""`sample` switches a running process's sampler, says what it costs and what is gone, and what it says when it can't."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.agent.setups import NEEDS_NATIVE
from tests.cli.command import run
from tests.cli.targets import WAITING, pretending, running

AGENT = "import heapdiff\nheapdiff.install(signal=None)\nkept = [bytearray(1000) for _ in range(2000)]\n"
THEN_MORE = """
import sys
print("ready", flush=True)
for line in sys.stdin:
    kept += [bytearray(1000) for _ in range(2000)]
    print("more", flush=True)
"""


def sampled(directory: Path, *words: str) -> list[dict[str, Any]]:
    done = run("sample", *words, "--dir", directory, "--format", "json")
    assert (done.exit_code, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["schema"] == "sample/1"
    processes: list[dict[str, Any]] = found["processes"]
    return processes


@NEEDS_NATIVE
def test_a_running_process_starts_and_stops_sampling(tmp_path: Path) -> None:
    with running(AGENT + THEN_MORE, HEAPDIFF_DIR=str(tmp_path)) as process:
        pid = str(process.pid)
        assert sampled(tmp_path, pid) == [
            {"pid": process.pid, "sample": None, "changed": False, "forgotten": 0, "cost_percent": None}
        ]
        [begun] = sampled(tmp_path, pid, "on", "--every", "16kB", "--for", "10m")
        assert (begun["sample"]["bytes"], begun["changed"]) == (16000, True)
        assert 590 <= begun["sample"]["seconds_left"] <= 600
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "more\n"
        [state] = sampled(tmp_path, "--all")
        assert 60 < state["sample"]["live"] < 300  # 2 MB
        assert f"PID {pid}: sampling one allocation per 16.0 kB" in run("ps", "--dir", tmp_path).stdout
        assert "one allocation per 16.0 kB" in run("doctor", pid, "--dir", tmp_path).stdout
        done = run("sample", pid, "off", "--dir", tmp_path)
        assert (
            done.stdout == f"process {pid}: not sampling; {state['sample']['live']} earlier samples dropped\n"
        )
        assert sampled(tmp_path, pid)[0]["sample"] is None
        assert "sampling" not in run("ps", "--dir", tmp_path).stdout


@NEEDS_NATIVE
def test_a_process_can_sample_from_its_start(tmp_path: Path) -> None:
    with running(AGENT + WAITING, HEAPDIFF_DIR=str(tmp_path), HEAPDIFF_SAMPLE="64kB") as process:
        [state] = sampled(tmp_path, str(process.pid))
    assert (state["sample"]["bytes"], state["sample"]["seconds_left"]) == (64_000, None)
    assert state["sample"]["live"] > 10


def test_the_other_engine_says_that_it_cannot(tmp_path: Path) -> None:
    place = {"HEAPDIFF_DIR": str(tmp_path), "HEAPDIFF_ENGINE": "gc", "HEAPDIFF_SAMPLE": "1MB"}
    with running(AGENT + WAITING, **place) as process:
        done = run("sample", str(process.pid), "on", "--dir", tmp_path)
    assert done.exit_code == 4
    assert done.complaint[0].endswith("the gc engine can't sample allocations")


@pytest.mark.parametrize(
    ("answer", "complaint", "todo"),
    [
        ("unknown", "can't sample allocations", "Restart the process"),
        ("later", "its Python code doesn't run right now", "shows whether it did"),
    ],
)
def test_one_line_says_why_a_process_does_not_obey(
    tmp_path: Path, answer: str, complaint: str, todo: str
) -> None:
    with pretending("honest", tmp_path, answer=answer) as pid:
        done = run("sample", str(pid), "off", "--dir", tmp_path)
    assert (done.exit_code, done.stdout) == (4, "")
    assert complaint in done.complaint[0]
    assert todo in done.complaint[1]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ((), "give PIDs, or --all"),
        (("on",), "give PIDs, or --all"),
        (("7", "--all"), "give either PIDs or --all"),
        (("on", "7"), "'on' is neither a PID nor on or off"),
        (("\u0667",), "is neither a PID nor on or off"),
        (("7", "--every", "1MB"), "--every and --for need on"),
        (("7", "off", "--for", "1m"), "--every and --for need on"),
        (("7", "on", "--every", "3"), "between 1kB and 1GB"),
        (("7", "on", "--every", "off"), "that is no interval"),
        (("7", "on", "--for", "soon"), "--for soon: expected a duration"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anybody_is_asked(
    words: tuple[str, ...], complaint: str
) -> None:
    done = run("sample", *words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert complaint in done.complaint[0]
