"""What a forged file takes in memory is bounded by its size, whatever is asked of it, as SECURITY.md promises."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.any_graphs import write_any
from tests.cli.command import environment
from tests.forged import FORGERIES, forge
from tests.heaps import heap

PROMISE = re.search(
    r"less than (\d+) times that of forged ones, plus (\d+) MB",
    (Path(__file__).parents[3] / "SECURITY.md").read_text(),
)
PROMISE_IN_PYTHON = 150
WITHOUT_C = "sys.modules['heapdiff.graph._kernels'] = None\n"
SMALL, LARGE = 500_000, 1_500_000  # of the larger, the promised part is twice what is there in any case
CPU_S = 100  # for all commands, and as much for each megabyte: four times what the slowest take; what is quadratic takes hours
WALL_S = (
    1800  # on a busy machine, a process has to wait for that; and the limit of processor time ends what hangs
)
pytestmark = pytest.mark.timeout(WALL_S)
DOCUMENTED = {0, 2, 3}
EACH = r"""
import os, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))  # what breaks the promise does not end the machine
resource.setrlimit(resource.RLIMIT_CPU, ({seconds}, {seconds}))
{setup}from heapdiff.cli import main
sys.stdout = open(os.devnull, "w")
codes = [main(command.split("\n")) for command in sys.argv[1:]]
with open("/proc/self/status") as status:
    peak = next(line.split()[1] for line in status if line.startswith("VmHWM"))
os.write(1, peak.encode())  # in kB; what wait4 says includes the process that forked this one
sys.exit(max(codes))
"""


def commands(before: Path, earlier: Path, after: Path) -> list[tuple[str | Path, ...]]:
    drawing = ("-o", after.with_name("drawn.dot"))
    return [
        ("show", after, "--by", "holder", "--retained"),
        ("show", after, "--by", "module"),
        ("compare", before, after),
        ("compare", after, before),
        ("why", after, "list"),
        ("tree", after),
        ("tree", after, "--from", "list"),
        ("graph", after, "--type", "list", *drawing),
        ("graph", after, "--since", before, *drawing),
        ("redact", after, "-o", after.with_name("redacted.json")),
        ("report", earlier, after, "-o", after.with_name("leak.html")),
        ("compare", earlier, after, "--bundle", after.with_name("leak.zip")),
        ("advise", earlier, after),
        ("export", after, "--to", "chrome", "-o", after.with_name("x.heapsnapshot")),
        ("show", alone(after), "--format", "json"),
        ("dump", after),
    ]


def forge_two(directory: Path, kind: str, size: int) -> tuple[Path, Path]:
    """A smaller one, and a later one of the same kind and process."""
    place = directory / "earlier"
    place.mkdir()
    earlier = forge(place, kind, size // 6, id="earlier", captured_at="2026-11-22T14:30:00Z")
    return earlier, forge(directory, kind, size)


def alone(path: Path) -> Path:
    """The `.heap` where no `.json` is beside it, so that it is read through."""
    place = path.with_name("alone")
    place.mkdir(exist_ok=True)
    heap_file = place / path.with_suffix(".heap").name
    if not heap_file.exists():
        os.link(path.with_suffix(".heap"), heap_file)
    return heap_file


def peak_of(*those: tuple[str | Path, ...], setup: str = "", seconds: int = CPU_S) -> tuple[int, int, str]:
    """The worst exit code of commands in one process, the most memory it had, and what it complained of."""
    arguments = ["\n".join(map(str, command)) for command in those]
    process = subprocess.run(
        [sys.executable, "-c", EACH.format(setup=setup, seconds=seconds), *arguments],
        capture_output=True, text=True, timeout=WALL_S, check=False,
        env=environment(PYTHONPATH=str(Path(__file__).parents[3]), HEAPDIFF_DEBUG="1"),
    )  # fmt: skip
    return process.returncode, int(process.stdout or 0) * 1024, process.stderr


def require_bounded(path: Path, *those: tuple[str | Path, ...], setup: str = "") -> None:
    assert PROMISE is not None
    size = path.with_suffix(".heap").stat().st_size
    seconds = CPU_S * (1 + size // 10**6) * (10 if setup else 1)
    code, peak, said = peak_of(*those, setup=setup, seconds=seconds)
    assert "Traceback" not in said, said
    assert "not enough memory" not in said, said
    assert code in DOCUMENTED, said
    times, always = PROMISE_IN_PYTHON if setup else int(PROMISE[1]), int(PROMISE[2]) * 10**6
    assert peak < times * size + always, f"{those}: {(peak - always) / size:.0f} times {size:,} bytes"


@pytest.fixture
def before(tmp_path: Path) -> Path:
    return write_any(heap("shop.cache.SESSIONS: dict -> [*]: shop.Session * 3"), tmp_path, 1)


@pytest.mark.soak  # the step `tests` runs one
@pytest.mark.parametrize("kind", FORGERIES)
def test_every_command_takes_memory_by_the_size_of_the_file(tmp_path: Path, before: Path, kind: str) -> None:
    earlier, path = forge_two(tmp_path, kind, SMALL)
    require_bounded(path, *commands(before, earlier, path))


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["OBJS", "OBJS, named", "OBJS, chain"])
def test_so_it_does_without_the_kernels_in_c(tmp_path: Path, before: Path, kind: str) -> None:
    earlier, path = forge_two(tmp_path, kind, SMALL)
    require_bounded(path, *commands(before, earlier, path)[:6], setup=WITHOUT_C)


@pytest.mark.soak
@pytest.mark.parametrize("kind", FORGERIES)
def test_so_it_does_of_larger_ones(tmp_path: Path, before: Path, kind: str) -> None:
    earlier, path = forge_two(tmp_path, kind, LARGE)
    require_bounded(path, *commands(before, earlier, path))


def test_a_summary_takes_memory_by_its_size(tmp_path: Path, before: Path) -> None:
    assert PROMISE is not None
    path = tmp_path / "long.json"
    path.write_bytes(b'{"schema": "snapshot/1", "x": [' + b"[]," * (SMALL // 3) + b"[]]}")
    code, peak, said = peak_of(("show", path), ("compare", before, path))
    assert code == 3, said
    assert peak < int(PROMISE[1]) * path.stat().st_size + int(PROMISE[2]) * 10**6
