"""Run LeakBench: apps with known leaks and healthy ones, answered by heapdiff and by its peers.

Ends with 0 when every threshold is met, with 1 when one is missed.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from heapdiff.agent.settings.parsers import parse_sample
from heapdiff.errors import UsageError
from tests.leakbench.blame import sampled
from tests.leakbench.case import Case
from tests.leakbench.catalogue import collect, missing, select
from tests.leakbench.kept import Earlier
from tests.leakbench.mixing import Mix, mixes_of
from tests.leakbench.page import page
from tests.leakbench.peers import PEERS
from tests.leakbench.report import as_json, line, summary
from tests.leakbench.runner import Limits, Result, regrade, run
from tests.leakbench.totals import misses, total

PAGE = Path(__file__).parents[2] / "docs" / "leakbench.md"


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.leakbench", description=__doc__)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="only these cases")
    parser.add_argument("--list", action="store_true", help="print the names of the cases and end")
    parser.add_argument(
        "--jobs", type=int, default=2, metavar="N", help="cases at the same time (default: 2)"
    )
    parser.add_argument(
        "--mix",
        nargs="+",
        type=Mix,
        choices=list(Mix),
        default=[Mix.ALL],
        metavar="MIX",
        help="how many of the requests leak: all (default), half, tenth, or random; several one after another",
    )
    parser.add_argument("--no-peers", action="store_true", help="do not ask the peers")
    parser.add_argument(
        "--limit", type=float, default=120.0, metavar="S", help="seconds for one run of a case"
    )
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the snapshots there")
    parser.add_argument(
        "--regrade", type=Path, metavar="DIR", help="run no app: compare the snapshots that --keep left there"
    )
    parser.add_argument(
        "--answers",
        type=Path,
        metavar="DIR",
        help="keep each run's answers there, and take from there what the same code answered: begun again, it goes on",
    )
    parser.add_argument(
        "--sample",
        metavar="BYTES",
        help="workers sample allocations, such as 64kB; grades also who is said to have allocated what leaks",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all answers there")
    parser.add_argument(
        "--write-docs", action="store_true", help=f"write docs/{PAGE.name}; needs all cases and peers"
    )
    options = parser.parse_args(arguments)
    if options.write_docs and (options.only or options.no_peers or options.regrade or options.sample):
        parser.error("--write-docs needs all cases and peers, and their apps, without --sample")
    if options.answers and (options.regrade or options.keep):
        parser.error("--answers runs only what it has no answers of: not with --keep or --regrade")
    try:
        parse_sample(options.sample or "0")
    except ValueError as error:
        parser.error(f"--sample: {error}")
    if options.write_docs:
        options.mix = list(Mix)
    return options


def run_all(chosen: Sequence[Case], options: argparse.Namespace) -> list[Result]:
    """All cases, some at a time; a line for each as it ends. Ends all workers when it is interrupted."""
    stopped = threading.Event()
    limits = Limits(options.limit, stopped.is_set)
    peers, earlier = () if options.no_peers else tuple(PEERS), Earlier.below(options.answers)
    runs = [(case, mix) for mix in dict.fromkeys(options.mix) for case in chosen if mix in mixes_of(case)]
    results = []
    with ThreadPoolExecutor(max(1, options.jobs)) as pool:
        if options.regrade:
            futures = [pool.submit(regrade, case, options.regrade, limits, mix) for case, mix in runs]
        else:
            futures = [
                pool.submit(run, case, peers, limits, options.keep, mix, earlier) for case, mix in runs
            ]
        try:
            for done, future in enumerate(as_completed(futures), 1):
                results.append(future.result())
                print(f"[{done}/{len(runs)}] {line(results[-1])}", flush=True)
        except BaseException:
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    order = {(case.name, mix): number for number, (case, mix) in enumerate(runs)}
    return sorted(results, key=lambda result: order[result.case.name, result.mix])


def main() -> int:
    options = parse()
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    try:
        chosen = select(collect(), options.only)
    except UsageError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    if options.sample:
        chosen = tuple(sampled(case, options.sample) for case in chosen)
    if options.list:
        print("\n".join(f"{case.name:34} {case.title}" for case in chosen))
        return 0
    if lacking := missing(chosen):
        print(f"not installed: {', '.join(lacking)}\npip install -e '.[dev,leakbench]'", file=sys.stderr)
        return 5
    try:
        results = run_all(chosen, options)
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130
    print("\n" + "\n".join(summary(results)))
    if options.json:
        options.json.write_text(json.dumps(as_json(results), indent=2) + "\n")
    if options.write_docs:
        PAGE.write_text(page(results))
        print(f"wrote {PAGE}")
    return 1 if misses(total(results)) else 0


if __name__ == "__main__":
    sys.exit(main())
