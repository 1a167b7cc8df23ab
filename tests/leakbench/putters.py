"""Whether the code that `compare` says can put something into a holder is the code that does: LeakBench's cases as oracle.

    python -m tests.leakbench.putters [--only NAME …]

Each app runs in a process of its own, under a trace function that notices in which function of the app the
holder gets larger. Ends with 0 if the function is in the list in nine of ten cases, else with 1.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import gc
import importlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Final

from heapdiff.answers import Comparison
from tests.leakbench.case import Case, Server
from tests.leakbench.catalogue import collect, missing, select

APPS: Final = str(Path(__file__).parent / "apps")
WANTED: Final = 0.9
SECONDS: Final = 60
WARM_UP, MEASURED, WATCHED = 30, 60, 12
INNER: Final = re.compile(r"(\.<locals>\.<(genexpr|listcomp|setcomp|dictcomp|lambda)>)+$")
SIZED: Final[tuple[type[Any], ...]] = (OrderedDict, dict, list, set, deque, bytearray)
CACHE: Final = type(importlib.import_module("functools").lru_cache(repr))


@dataclass(frozen=True)
class Found:
    """One case: which function put something there, and which ones were said to be able to."""

    name: str
    holder: str = ""
    putter: str = ""
    said: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()
    trouble: str = ""

    @property
    def right(self) -> bool:
        return self.putter in self.said


def size_of(found: object) -> int:
    """How much is in an object, without running code of its own."""
    for kind in SIZED:
        if isinstance(found, kind):
            return int(kind.__len__(found))
    if isinstance(found, CACHE):
        return int(found.cache_info().currsize)
    attributes: dict[str, Any] = getattr(found, "__dict__", {})
    return sys.getsizeof(found) + sum(
        size_of(each) for each in dict(attributes).values() if isinstance(each, SIZED)
    )


def count_below(case: Case, path: str) -> int:
    """Objects of the app and containers below a module's variable, whatever it is bound to by now."""
    module = importlib.import_module(case.app)
    name = path.removeprefix(f"{case.app}.").split(".")[0].split("[")[0]
    waiting = [vars(module).get(name)]
    seen = {id(waiting[0])}
    size = 0
    while waiting:
        one = waiting.pop()
        size += sys.getsizeof(one)
        for each in gc.get_referents(one):
            ours = type(each).__module__ == case.app or isinstance(each, (*SIZED, tuple, str, bytes))
            if ours and id(each) not in seen and each is not vars(module):
                seen.add(id(each))
                waiting.append(each)
    return size


class Watch:
    """A trace function for the app's own frames that says in which function a size grew."""

    def __init__(self) -> None:
        self.measure: Callable[[], int] | None = None
        self.size, self.last = 0, threading.local()
        self.putters: Counter[str] = Counter()

    def begin(self, measure: Callable[[], int]) -> None:
        self.size, self.measure = measure(), measure

    def trace(self, frame: FrameType, event: str, _argument: object) -> Any:
        if not frame.f_code.co_filename.startswith(APPS):
            return None
        self.look()
        self.last.name = name_of(frame if event != "return" else own_caller(frame))
        return self.trace

    def look(self) -> None:
        if self.measure is None:
            return
        size = self.measure()
        if size > self.size:
            self.putters[getattr(self.last, "name", "")] += 1
        self.size = size


def name_of(frame: FrameType | None) -> str:
    """Module and qualified name of its function; of code inside one, such as a comprehension, the function's."""
    if frame is None:
        return ""
    return f"{frame.f_globals['__name__']}.{INNER.sub('', frame.f_code.co_qualname)}"


def own_caller(frame: FrameType) -> FrameType | None:
    above = frame.f_back
    while above is not None and not above.f_code.co_filename.startswith(APPS):
        above = above.f_back
    return above


def examine(case: Case) -> Found:
    """In this process: the app, two snapshots, their comparison, and then some requests under watch."""
    import heapdiff
    from heapdiff.analysis.callers.putters import Callers
    from heapdiff.analysis.holders.holder import place_of
    from heapdiff.analysis.holders.lookup import resolve_holder
    from heapdiff.analysis.reach.routes import compute_routes
    from heapdiff.graph.loading import load
    from heapdiff.snapshot import read_snapshot

    watch = Watch()
    threading.settrace(watch.trace)
    sys.settrace(watch.trace)
    client = importlib.import_module(case.app).create_app().test_client(use_cookies=False)
    numbers = iter(range(10_000))

    def drive(requests: int) -> None:
        for _ in range(requests):
            client.get(case.path.replace("{n}", str(next(numbers)))).get_data()

    drive(WARM_UP)
    before = heapdiff.snapshot()
    drive(MEASURED * case.every)
    after = heapdiff.snapshot()
    sys.settrace(None)
    comparison = heapdiff.compare(before, after)
    assert isinstance(comparison, Comparison)
    graph = load(read_snapshot(after))
    wanted = [
        suspect
        for suspect in comparison.suspects
        if any(re.fullmatch(holder, suspect.holder.path) for holder in case.holders)
    ]
    if not wanted:
        return Found(case.name, trouble="not among the suspects")
    suspect = wanted[0]
    routes = compute_routes(graph)
    nodes = resolve_holder(routes, suspect.holder.path)
    said = Callers(routes).find_putters(place_of(routes, graph.index_of(int(suspect.holder.address, 16))))
    addresses = {int(suspect.holder.address, 16), *(int(graph.addresses[node]) for node in nodes)}
    kept = [ctypes.cast(address, ctypes.py_object).value for address in sorted(addresses)]
    for measure in (lambda: sum(map(size_of, kept)), lambda: count_below(case, suspect.holder.path)):
        watch.begin(measure)
        sys.settrace(watch.trace)
        drive(WATCHED * case.every)
        sys.settrace(None)
        watch.look()
        if watch.putters:
            break
    putters = watch.putters.most_common(1)
    if isinstance(kept[0], CACHE):  # filled behind its function's back, when that has returned
        made = kept[0].__wrapped__
        putters = [(f"{made.__module__}.{made.__qualname__}", WATCHED)]
    return Found(
        case.name,
        suspect.holder.path,
        putters[0][0] if putters else "",
        tuple(f"{each.module}.{each.function}" for each in said),
        tuple(f"{entry.kind.value} {entry.name}" for each in said for entry in each.reached_from),
    )


def ask(case: Case) -> Found:
    """The same in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="leakbench-") as directory:
        environment = {**os.environ, **dict(case.environment), "HEAPDIFF_DIR": directory}
        command = [sys.executable, "-m", "tests.leakbench.putters", "--here", case.name]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, env=environment, timeout=SECONDS, check=False
            )
            answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        except subprocess.TimeoutExpired:
            return Found(case.name, trouble="took too long")
        except (ValueError, IndexError):
            return Found(case.name, trouble=(done.stderr.strip().splitlines() or ["nothing"])[-1])
    return Found(**{**answer, "said": tuple(answer["said"]), "entries": tuple(answer["entries"])})


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.leakbench.putters", description=__doc__)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="only these cases")
    parser.add_argument("--here", metavar="NAME", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        (case,) = select(collect(), [options.here])
        with contextlib.redirect_stdout(sys.stderr):
            found = examine(case)
        print("\n" + json.dumps(asdict(found)), flush=True)
        os._exit(0)  # whatever threads the app has
    chosen = [
        case
        for case in select(collect(), options.only)
        if case.holders and case.server is Server.GTHREAD and not missing([case]) and not case.releases
    ]
    right, judged = 0, 0
    for case in chosen:
        found = ask(case)
        told = found.trouble or ("" if found.putter else "no function of the app")
        judged += not told
        right += found.right and not told
        mark = f"-  {told}" if told else "ok" if found.right else f"WRONG {found.putter} not in {found.said}"
        print(f"{case.name:32} {len(found.said):2} {found.holder:60} {mark}", flush=True)
    share = right / judged if judged else 0.0
    print(
        f"{right} of {judged} ({share:.0%}); {len(chosen) - judged} of {len(chosen)} cases could not be judged"
    )
    return 0 if share >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
