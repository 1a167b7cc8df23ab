"""The sample as a user starts it: it finds its leaks, and it stops what it started."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from samples.leaky_shop import __main__ as sample

pytestmark = pytest.mark.slow  # whole runs of the sample
ROOT = Path(sample.__file__).parents[2]
SHOP = Path(sample.__file__).parent
HEARING_INTERRUPTS = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs start with them ignored
runpy.run_module("samples.leaky_shop", run_name="__main__", alter_sys=True)
"""


def start(directory: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-u", "-c", HEARING_INTERRUPTS, "--dir", str(directory)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def processes_with(directory: Path) -> list[int]:
    """Processes whose environment names the directory: the gunicorn of this run."""
    wanted = f"HEAPDIFF_DIR={directory}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:
            continue
    return found


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The directory and the output of one run that ended well."""
    directory = tmp_path_factory.mktemp("run")
    process = start(directory)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, output + errors
    return directory, output


def test_it_finds_the_planted_leaks_first_in_both_workers(finished: tuple[Path, str]) -> None:
    _, output = finished
    for path in sample.PLANTED:
        assert len(re.findall(rf"^  \d\. {re.escape(path)} ", output, re.MULTILINE)) == sample.WORKERS
    assert "NOT a planted leak" not in output


def test_it_reports_one_session_for_each_request(finished: tuple[Path, str]) -> None:
    directory, _ = finished
    for comparison in directory.glob("compare-*.json"):
        suspects = json.loads(comparison.read_text())["suspects"]
        holder = next(each["holder"] for each in suspects if each["holder"]["path"] == "shop.cache.SESSIONS")
        assert holder["length_after"] - holder["length_before"] == sum(list(sample.ROUNDS.values())[1:])


def test_it_names_the_code_that_fills_each_of_them(finished: tuple[Path, str]) -> None:
    directory, _ = finished
    for comparison in directory.glob("compare-*.json"):
        suspects = json.loads(comparison.read_text())["suspects"]
        code = {each["holder"]["path"]: [one["function"] for one in each["code"]] for each in suspects}
        assert code["shop.cache.SESSIONS"] == ["session_for"]
        assert code["shop.events.order_paid.handlers"] == ["Event.connect", "Event.emit"]
        assert code["shop.pricing.PriceList.quote.<lru_cache>"] == ["PriceList.quote"]


def test_samples_name_the_line_and_the_view_of_each_of_them(finished: tuple[Path, str]) -> None:
    directory, output = finished
    for comparison in directory.glob("compare-*.json"):
        for suspect in json.loads(comparison.read_text())["suspects"][: len(sample.PLANTED)]:
            leak, allocated = sample.PLANTED[suspect["holder"]["path"]], suspect["allocated"][0]
            assert allocated["agrees"]
            assert f"{allocated['file']} {allocated['function']}" == leak.site
            assert allocated["entry"]["name"] == leak.entry
            line = (SHOP / allocated["file"]).read_text().splitlines()[allocated["line"] - 1]
            assert leak.makes in line
            assert suspect["witness"] in output


def test_no_healthy_cache_is_suspected_with_confidence(finished: tuple[Path, str]) -> None:
    directory, _ = finished
    for comparison in directory.glob("compare-*.json"):
        suspects = json.loads(comparison.read_text())["suspects"]
        paths = {each["holder"]["path"] for each in suspects if each["confidence"] != "low"}
        healthy = ("shop.cache.PAGES", "shop.events.AUDIT", "shop.warehouse.POOL", "shop.pricing.convert")
        assert [path for path in paths if path.startswith(healthy)] == []


def test_no_holder_shares_its_objects_with_itself(finished: tuple[Path, str]) -> None:
    """The bounded cache replaces its entries: these hang on its dict, and on its links."""
    directory, _ = finished
    for comparison in directory.glob("compare-*.json"):
        for suspect in json.loads(comparison.read_text())["suspects"]:
            assert suspect["holder"]["path"] not in suspect["reason"]


def test_it_leaves_snapshots_and_a_picture_for_each_suspect(finished: tuple[Path, str]) -> None:
    directory, _ = finished
    assert len(list(directory.glob("*.heap"))) == len(sample.ROUNDS) * sample.WORKERS
    pictures = list(directory.glob("*.svg"))
    assert len(pictures) == len(sample.PLANTED) * sample.WORKERS
    assert all("</svg>" in picture.read_text() for picture in pictures)


def test_it_leaves_no_process(finished: tuple[Path, str]) -> None:
    directory, _ = finished
    assert processes_with(directory) == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_it_stops_the_shop(number: signal.Signals, code: int, tmp_path: Path) -> None:
    process = start(tmp_path)
    assert process.stdout is not None
    assert "shop on" in process.stdout.readline()
    assert processes_with(tmp_path) != []
    os.kill(process.pid, number)
    process.communicate(timeout=60)
    assert process.returncode == code
    assert processes_with(tmp_path) == []


def test_a_suspect_that_was_not_planted_fails_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    right = {1: list(sample.PLANTED)}
    assert sample.verdict(right) == 0
    assert sample.verdict({**right, 2: ["shop.cache.PAGES", *list(sample.PLANTED)[1:]]}) == 1
    assert "Worker 2" in capsys.readouterr().err
