"""What holds for every test: which kind it is, which are left out of a plain run, and that a busy machine is no failure."""

from __future__ import annotations

import faulthandler
import functools
import gc
import inspect
import os
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType, ModuleType, SimpleNamespace
from typing import Any

import pytest
from hypothesis import settings

os.environ.setdefault(
    "OPENBLAS_NUM_THREADS", "1"
)  # with more, numpy takes half as long again to import, in each process
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # thousands of processes would compile the package again
sys.dont_write_bytecode = False
os.environ["HEAPDIFF_CACHE"] = "off"  # nobody's cache, unless a test has one of its own
settings.register_profile(
    "unhurried", deadline=None, max_examples=int(os.environ.get("HEAPDIFF_EXAMPLES", "5"))
)
settings.load_profile("unhurried")

HERE = Path(__file__).parent
LEFT_OUT = {
    "soak": "python -m pytest -m soak",
    "slow": "python -m pytest -m slow",
    "every_server": "python -m tests.servers",
    "object_storage": ".ci/run fleet",
    "gc_engine": "python -m pytest -m gc_engine",
}
NO_PARAMETERS = SimpleNamespace(params={})
COUNTS = pytest.StashKey[dict[str, int]]()
ERRORS = pytest.StashKey[int]()
ENDS = pytest.StashKey[float]()
GRACE_S = 60.0  # in which a test beyond its time can end by itself
SHARED_S = 30.0  # by which it may be late: so long, tests with the same limit share a clock
STARTERS = {  # modules whose functions start processes, wherever a test or its fixtures reach them
    "subprocess", "tests.agent.target", "tests.cli.targets", "tests.cli.terminals", "tests.flask.gunicorn",
    "tests.servers.running", "tests.leakbench.comparing", "tests.leakbench.server",
}  # fmt: skip
STARTS = ("subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.exec")
started: list[str] = []
sys.addaudithook(lambda event, _: started.append(event) if event in STARTS else None)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Three for two processors, as some of the time is waited; one named test runs here, where a debugger can see it."""
    if len(config.args) == 1 and "::" in config.args[0]:
        return 0
    return -(-len(os.sched_getaffinity(0)) * 3 // 2)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """What is collected stays, so that no collection of garbage looks at it meanwhile: they'd take a third of the time."""
    gc.disable()
    try:
        compile_a_share(session)
        return (yield)
    finally:
        gc.enable()


def compile_a_share(session: pytest.Session) -> None:
    """Where nothing is compiled yet, each worker begins with a share of its own, and finds the others' compiled by then."""
    worker = getattr(session.config, "workerinput", None)
    if worker is None or session.config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return
    tests = sorted(HERE.rglob("test_*.py"))
    first = len(tests) * int(worker["workerid"].removeprefix("gw")) // worker["workercount"]
    for path in tests[first:] + tests[:first]:
        with suppress(Exception, pytest.skip.Exception):  # its collection says so
            import_module(".".join(path.relative_to(HERE.parent).with_suffix("").parts))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark each as `unit` or `process`; leave out what is asked for by its mark or its name only."""
    counts = dict.fromkeys(LEFT_OUT, 0)
    kept, left_out = [], []
    for item in items:
        if not item.get_closest_marker("process"):
            item.add_marker("process" if starts_processes(item) else "unit")
        if "gc" in getattr(item, "callspec", NO_PARAMETERS).params.values():
            item.add_marker("gc_engine")
        mark = next((name for name in LEFT_OUT if item.get_closest_marker(name)), None)
        if mark and mark not in config.option.markexpr and not is_named(item, config.args):
            counts[mark] += 1
            left_out.append(item)
        else:
            kept.append(item)
    items[:] = kept
    if left_out:
        config.hook.pytest_deselected(items=left_out)
    config.stash[COUNTS] = counts
    if hasattr(config, "workeroutput"):
        config.workeroutput["left out"] = counts


def pytest_collection_finish() -> None:
    """Nor later, to the end. What is garbage would be in every snapshot that a test takes of this process."""
    gc.collect()
    gc.freeze()


def pytest_configure(config: pytest.Config) -> None:
    """Standard error as it is now is what a run that is ended writes to: later it's captured."""
    config.option.randomly_reset_seed = (
        False  # three times for each test, and each that draws has a generator of its own
    )
    errors = config.stash[ERRORS] = os.dup(2)
    config.add_cleanup(functools.partial(os.close, errors))
    config.add_cleanup(faulthandler.cancel_dump_traceback_later)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, object, object]:
    """One that hangs in C ends the run, with every thread's stack. Its clock is a thread, so tests share it for a while."""
    config, own = item.config, item.get_closest_marker("timeout")
    limit = float(own.args[0] if own else config.getoption("timeout") or config.getini("timeout"))
    end = time.monotonic() + limit + GRACE_S
    if limit and not end <= config.stash.get(ENDS, 0) <= end + SHARED_S:
        config.stash[ENDS] = end + SHARED_S
        faulthandler.dump_traceback_later(limit + GRACE_S + SHARED_S, file=config.stash[ERRORS], exit=True)
    result = yield
    if nextitem is None:  # it may wait for the others
        faulthandler.cancel_dump_traceback_later()
    return result


@pytest.hookimpl(trylast=True)
def pytest_exception_interact(node: pytest.Item | pytest.Collector) -> None:
    """Where a debugger can be entered, pytest stops the clock."""
    node.config.stash[ENDS] = 0


def is_named(item: pytest.Item, arguments: list[str]) -> bool:
    return any("::" in argument and item.nodeid.startswith(argument) for argument in arguments)


def starts_processes(item: pytest.Item) -> bool:
    """Whether a test or one of its fixtures mentions what starts processes, itself or through functions of the tests."""
    assert isinstance(item, pytest.Function)
    todo: list[Any] = [item.function]
    todo += [each.func for all_of in item._fixtureinfo.name2fixturedefs.values() for each in all_of]
    seen: set[FunctionType] = set()
    while todo:
        function = inspect.unwrap(todo.pop())
        if not isinstance(function, FunctionType) or function in seen:
            continue
        seen.add(function)
        mentioned = mentioned_by(function)
        if mentioned is None:
            return True
        todo += mentioned
    return False


@functools.cache
def mentioned_by(function: FunctionType) -> list[Any] | None:
    """What of the tests a function mentions; None if that includes something that starts processes."""
    used = [function.__globals__.get(name) for name in names_in(function.__code__)]
    homes = [home_of(each) for each in used]
    if not STARTERS.isdisjoint(homes):
        return None
    return [each for each, home in zip(used, homes, strict=True) if home.startswith("tests.")]


def names_in(code: CodeType) -> Iterator[str]:
    """Also those in what is defined inside."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from names_in(constant)


def home_of(value: Any) -> str:
    return value.__name__ if isinstance(value, ModuleType) else str(getattr(value, "__module__", ""))


@pytest.fixture(autouse=True, scope="module")
def _collections_of_garbage_stay_short() -> None:
    """Not only what was collected: what earlier modules left, and what a test unfroze, would be looked at again each time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def _modules_leave_no_agent_behind() -> Iterator[None]:
    """Nor its hook: a test of either would fail for what another one did."""
    yield
    installation, native = (
        sys.modules.get(f"heapdiff.agent.{name}") for name in ("worker.installation", "_native")
    )
    assert installation is None or not installation.is_installed(), "call uninstall() at the end of a test"
    assert native is None or not native._is_hooked(), "call _native.unsample() at the end of a test"


@pytest.fixture(autouse=True)
def _unit_tests_start_nothing(request: pytest.FixtureRequest) -> Iterator[None]:
    before = len(started)
    yield
    if request.node.get_closest_marker("unit"):
        assert started[before:] == [], "it starts processes: give it pytest.mark.process"


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Each worker of pytest-xdist leaves out the same."""
    node.config.stash[COUNTS] = getattr(node, "workeroutput", {}).get("left out", {})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for mark, count in config.stash.get(COUNTS, {}).items():
        if count:
            terminalreporter.write_line(f"{count} tests marked {mark} were left out: {LEFT_OUT[mark]}")
