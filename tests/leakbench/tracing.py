"""Who leaks in a case, as tracemalloc and the app's URL map say it: shows what belongs into `truth.py`.

    python -m tests.leakbench.tracing [--only NAME …]

Each app runs in a process of its own, without heapdiff. What is allocated in another thread than the request's, or in a hook,
has no view here: look at the app. So has a library that leaks without any code of the app.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import subprocess
import sys
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import CodeType
from typing import Final

from tests.leakbench.case import Case, Server
from tests.leakbench.catalogue import collect, select
from tests.leakbench.putters import APPS, INNER
from tests.leakbench.releases import installed
from tests.leakbench.server import ROOT
from tests.leakbench.truth import CULPRITS

WARM_UP, MEASURED, FRAMES, SECONDS = 30, 100, 100, 120
WORTH_SHOWING: Final = 0.15


@cache
def functions_by_line(file: str) -> dict[int, str]:
    """The innermost function that runs each line of a file; the line of a `def` is run by the one around it."""
    found: dict[int, str] = {}

    def visit(code: CodeType) -> None:
        name = INNER.sub("", code.co_qualname)
        lines = {line for _, _, line in code.co_lines() if line} - {code.co_firstlineno}
        found.update(dict.fromkeys(lines, name))
        for each in code.co_consts:
            if isinstance(each, CodeType):
                visit(each)

    visit(compile(Path(file).read_bytes(), file, "exec"))
    return found


def own_functions(trace: tracemalloc.Traceback) -> Iterator[str]:
    """The app's, innermost first."""
    for frame in reversed(trace):
        if frame.filename.startswith(APPS):
            name = functions_by_line(frame.filename).get(frame.lineno, "")
            yield f"{frame.filename.removeprefix(f'{APPS}/')}:{name}"


def examine(case: Case) -> Iterator[str]:
    """In this process: the view, and each of the app's functions with its share of the bytes that stay."""
    if case.server is Server.GEVENT:
        importlib.import_module("gevent.monkey").patch_all()
    app = importlib.import_module(case.app).create_app()
    client = app.test_client(use_cookies=False)

    def drive(first: int, requests: int) -> None:
        for number in range(first, first + requests):
            client.get(case.path.replace("{n}", str(number))).get_data()

    drive(0, WARM_UP)
    gc.collect()
    tracemalloc.start(FRAMES)
    drive(WARM_UP, MEASURED * case.every)
    gc.collect()
    kept = tracemalloc.take_snapshot().statistics("traceback")
    path = case.path.replace("{n}", "1").partition("?")[0]
    yield f"view {app.url_map.bind('localhost').match(path)[0]}"
    sizes: Counter[str] = Counter()
    total = 0
    for each in kept:
        functions = set(own_functions(each.traceback))
        total += each.size if functions else 0
        sizes.update(dict.fromkeys(functions, each.size))
    for function, size in sizes.most_common():
        if size >= WORTH_SHOWING * total:
            yield f"{size / total:4.0%} of {total:,} bytes in {function}"


def ask(case: Case) -> list[str]:
    """The same in a process of its own."""
    paths = [str(installed(case.releases))] if case.releases else []
    environment = {
        **os.environ,
        **dict(case.environment),
        "PYTHONPATH": os.pathsep.join([*paths, str(ROOT)]),
    }
    command = [sys.executable, "-m", "tests.leakbench.tracing", "--here", case.name]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return ["took too long"]
    return done.stdout.splitlines() or done.stderr.splitlines()[-1:]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.leakbench.tracing", description=__doc__)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="only these cases")
    parser.add_argument("--here", metavar="NAME", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        (case,) = select(collect(), [options.here])
        print("\n".join(examine(case)), flush=True)
        os._exit(0)  # whatever threads the app has
    for case in select(collect(), options.only):
        if case.holders:
            print(f"{case.name}: {CULPRITS.get(case.name)}", *ask(case), sep="\n    ", flush=True)


if __name__ == "__main__":
    main()
