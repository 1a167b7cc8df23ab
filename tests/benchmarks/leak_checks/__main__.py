"""`python -m tests.benchmarks.leak_checks`: the sixty functions under each tool. `--proof`: heapdiff alone, many more runs.

Ends with 1 if heapdiff misses a leak or calls a clean function leaky. How long it takes depends on what else the machine does.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import statistics
import sys
from collections.abc import Iterator, Sequence

from tests.benchmarks.leak_checks import leaky, tidy
from tests.benchmarks.leak_checks.cases import CASES
from tests.benchmarks.leak_checks.running import Chosen, Outcome, run_tool
from tests.benchmarks.leak_checks.tools import TOOLS, Tool

MOST_S = 2.0  # that a test which passes may take, of processor time
PROOF_CLEAN, PROOF_LEAKS = 200, 50
MODULES = (leaky, tidy)  # they fill CASES


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", nargs="+", choices=list(TOOLS), default=list(TOOLS))
    parser.add_argument("--only", nargs="+", choices=list(CASES), help="some of the functions")
    parser.add_argument("--workers", type=int, default=2, help="of pytest-xdist")
    parser.add_argument("--proof", action="store_true", help="heapdiff on 200 clean runs and 50 leaks")
    options = parser.parse_args()
    if options.proof:
        return report([TOOLS["heapdiff"]], list(choose_for_proof()), options.workers)
    chosen = [(name, 1, 1) for name in options.only or CASES]
    return report([TOOLS[name] for name in options.tools], chosen, options.workers)


def choose_for_proof() -> Iterator[Chosen]:
    """Clean functions again and again, in pytest-randomly's order; leaks at each call, and then at every third."""
    tidy_ones = [case.name for case in CASES.values() if not case.leaks]
    leaky_ones = [case.name for case in CASES.values() if case.leaks]
    for number in range(PROOF_CLEAN):
        yield tidy_ones[number % len(tidy_ones)], 1, number // len(tidy_ones) + 1
    for number in range(PROOF_LEAKS):
        round_, at = divmod(number, len(leaky_ones))
        yield leaky_ones[at], 1 + 2 * round_, 1


def report(tools: Sequence[Tool], chosen: Sequence[Chosen], workers: int) -> int:
    print(
        f"CPython {platform.python_version()}, {len(chosen)} tests, {workers} workers, "
        f"load {os.getloadavg()[0]:.1f} on {len(os.sched_getaffinity(0))} processors"
    )
    print("Seconds: the median and the most. CPU is that of the test and of every process that it started.")
    heads = " ".join(f"{head:>14}" for head in ("CPU, leaks", "CPU, others", "elapsed"))
    print(f"{'tool':15} {'missed':>9} {'false alarms':>13} {heads}")
    wrong: list[str] = []
    for tool in tools:
        if sys.version_info < tool.python or importlib.util.find_spec(tool.needs) is None:
            needed = ".".join(map(str, tool.python))
            print(f"{tool.name:15} not run: it isn't installed, or needs CPython {needed}")
            continue
        outcomes = run_tool(tool, chosen, workers)
        print(summarise(tool, outcomes), flush=True)
        wrong += describe_wrong(tool, outcomes)
        if tool.name == "heapdiff":
            slow = [each for each in outcomes if not each.failed and each.seconds > MOST_S]
            wrong += [f"slow: heapdiff: {each.chosen[0]} {each.seconds:.2f} s" for each in slow]
    print("\n".join(wrong))
    return int(any(line.startswith("heapdiff") for line in wrong))


def summarise(tool: Tool, outcomes: Sequence[Outcome]) -> str:
    leaks = [each for each in outcomes if CASES[each.chosen[0]].leaks]
    others = [each for each in outcomes if not CASES[each.chosen[0]].leaks]
    missed, alarms = sum(not each.failed for each in leaks), sum(each.failed for each in others)
    spent = [[each.seconds for each in some] for some in (leaks, others)]
    elapsed = [each.elapsed for each in outcomes]
    columns = [
        f"{statistics.median(each):.2f} ({max(each):.2f})" if each else "-" for each in (*spent, elapsed)
    ]
    return f"{tool.name:15} {f'{missed} of {len(leaks)}':>9} {f'{alarms} of {len(others)}':>13} " + " ".join(
        f"{column:>14}" for column in columns
    )


def describe_wrong(tool: Tool, outcomes: Sequence[Outcome]) -> Iterator[str]:
    for each in outcomes:
        if each.failed != CASES[each.chosen[0]].leaks:
            what = "false alarm" if each.failed else "missed"
            said = " ".join(each.said.split())[:160]
            yield f"{tool.name}: {what}: {each.chosen[0]} {said}".rstrip()


if __name__ == "__main__":
    sys.exit(main())
