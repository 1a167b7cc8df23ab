"""`python -m tests.benchmarks.twins`: for every rule of `advise` with a saving, what it predicts and what its fix really saved.

Ends with 1 where a prediction is more than 3 % off, or the fixed twin still has the finding as a headline; with `--quiet` where
something is advised that should not be.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import heapdiff
from heapdiff.answers import Finding
from tests.benchmarks.twins.case import Twin
from tests.benchmarks.twins.cases import TWINS
from tests.benchmarks.twins.quiet import look_at_all
from tests.benchmarks.twins.running import Measured, run_twin

TOLERANCE = 0.03
ROW = "{:34} {:>10} {:>10} {:>7} {:>10} {:>7}  {}"


def findings_of(measured: Measured, rule: str) -> list[Finding]:
    advice = heapdiff.advise(measured.path)
    return [each for each in advice.findings if each.rule == rule and each.headline]


def python_of(measured: Measured) -> str:
    return heapdiff.load(measured.path).summary.process.python


def find_missing(twin: Twin, python: str) -> list[str]:
    """The modules it needs that the interpreter doesn't have."""
    look = "import sys, importlib.util as u; print(*(n for n in sys.argv[1:] if u.find_spec(n) is None))"
    return subprocess.run(
        [python, "-c", look, *twin.needs], check=True, stdout=subprocess.PIPE, text=True
    ).stdout.split()


def judge(twin: Twin, python: str, items: int | None) -> bool:
    """Prints a row; whether all is as promised."""
    with tempfile.TemporaryDirectory() as directory:
        waste, fixed = (run_twin(twin, each, Path(directory), python, items) for each in (False, True))
        found, left = findings_of(waste, twin.rule), findings_of(fixed, twin.rule)
        is_silent = python_of(waste).startswith(twin.silent_on)
    predicted = sum(each.bytes if each.saves_bytes is None else each.saves_bytes for each in found)
    heap, rss = waste.heap - fixed.heap, waste.rss - fixed.rss
    off = predicted / heap - 1 if heap else float("inf")
    lowest = -TOLERANCE if twin.least is None else twin.least - 1
    if is_silent and not found:
        lowest = -1.0
    right = lowest <= off <= TOLERANCE and not left
    said = "ok" if right else "WRONG" if not left else f"WRONG: the fixed twin has {left[0].title}"
    print(
        ROW.format(
            twin.name,
            f"{predicted / 1e6:.2f} MB",
            f"{heap / 1e6:.2f} MB",
            f"{100 * off:+.1f} %",
            f"{rss / 1e6:.2f} MB" if twin.rss else "-",
            f"{100 * (predicted / rss - 1):+.1f} %" if twin.rss and rss else "-",
            said,
        ),
        flush=True,
    )
    return right


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="only these pairs")
    parser.add_argument(
        "--python",
        default=sys.executable,
        help="the interpreter they run under; heapdiff must be installed in it",
    )
    parser.add_argument("--items", type=int, help="how many items, instead of each pair's own number")
    parser.add_argument(
        "--quiet", action="store_true", help="look at processes with nothing to advise instead"
    )
    parser.add_argument(
        "--installed", action="store_true", help="leave out pairs whose libraries are missing"
    )
    options = parser.parse_args()
    if options.quiet:
        return 0 if look_at_all(options.python) else 1
    print(ROW.format("", "predicted", "heap", "off", "RSS", "off", ""))
    chosen = [twin for twin in TWINS if not options.only or twin.name in options.only]
    right = []
    for twin in chosen:
        if missing := find_missing(twin, options.python) if twin.needs else []:
            print(f"{twin.name:34} not run: needs {' '.join(missing)}", flush=True)
            right.append(options.installed)
        else:
            right.append(judge(twin, options.python, options.items))
    return 0 if all(right) else 1


if __name__ == "__main__":
    sys.exit(main())
