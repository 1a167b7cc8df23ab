"""Runs pytest on a tool's tests in a folder of its own, and reads what came of each from the JUnit file."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from tests.benchmarks.leak_checks.tools import HEAD, Tool

Chosen = tuple[str, int, int]  # the case, every how many calls it does something, and which of several runs
ROOT: Final = Path(__file__).parents[3]
LIMIT_S: Final = 3600
OTHER_PLUGINS: Final = ("heapdiff", "memray", "leak_hunter")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a tool said of one function: it failed the test. `seconds` of processor time, with those of the processes that it
    started, and `elapsed`, which other work on the machine makes longer."""

    chosen: Chosen
    failed: bool
    seconds: float
    elapsed: float
    said: str


def run_tool(tool: Tool, chosen: Sequence[Chosen], workers: int) -> list[Outcome]:
    """Each tool without the others' plugins. Raises RuntimeError where pytest didn't run."""
    with tempfile.TemporaryDirectory(prefix="leak-checks-") as place:
        folder = Path(place)
        (folder / "test_all.py").write_text(HEAD.format(chosen=list(chosen)) + "\n\n" + tool.test)
        (folder / "pytest.ini").write_text("[pytest]\n")
        junit = folder / "results.xml"
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", str(folder), "-q", "--tb=short", f"--junitxml={junit}"),
                *("-n", str(workers), "-p", "no:cacheprovider", "--show-capture=no", *tool.options),
                *("-c", str(folder / "pytest.ini"), "--rootdir", str(folder), "-p", "no:asyncio"),
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        if done.returncode not in (0, 1):
            raise RuntimeError(
                f"{tool.name}: pytest ended with {done.returncode}\n{done.stdout}{done.stderr}"
            )
        found = {}
        for each in ElementTree.parse(junit).iter("testcase"):
            key = str(each.get("name")).removeprefix("test[").removesuffix("]")
            bad = next((part for part in each if part.tag in ("failure", "error")), None)
            said = "" if bad is None else str(bad.get("message"))
            spent = next(float(str(part.get("value"))) for part in each.iter("property"))
            found[key] = bad is not None, spent, float(each.get("time") or 0), said
    return [Outcome(each, *found["-".join(map(str, each))]) for each in chosen]
