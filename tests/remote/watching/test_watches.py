"""One dict of a running process is watched: every insertion is seen, and nothing of the watch stays."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from heapdiff.errors import BusyError, CaptureError, HeapdiffError
from heapdiff.remote.door import Answer, call
from heapdiff.remote.finding import find_agent
from heapdiff.remote.watching.holder_paths import read_path
from heapdiff.remote.watching.reports import Report, read_report
from heapdiff.remote.watching.watches import Watch, begin_watch, end_watch, follow_watch, refusal
from tests.agent.seccomp import ON_X86, REFUSE
from tests.agent.setups import NEEDS_NATIVE
from tests.agent.target import Target

pytestmark = [NEEDS_NATIVE, pytest.mark.process]
WATCHABLE = pytest.mark.skipif(sys.version_info < (3, 12), reason="CPython has no dict watchers before 3.12")
SECONDS = 60

SETUP = """
import collections, functools, os, sys, weakref
import heapdiff
sys.modules["shop"] = type(sys)("shop")
space = sys.modules["shop"].__dict__
exec('''
import collections, functools, weakref

class Key:
    def __eq__(self, other):
        raise RuntimeError("the application's code must not run")
    __hash__ = object.__hash__

class Strange:
    def __getattr__(self, name):
        raise RuntimeError("the application's code must not run")
    __getattribute__ = __getattr__

    def __init__(self):
        object.__setattr__(self, "entries", {})

class Store:
    shared = {}
    __slots__ = ("entries",)
    def __init__(self):
        self.entries = {}
    @property
    def made(self):
        raise RuntimeError("the application's code must not run")

class Shelf(Store):
    @functools.lru_cache
    def price(self, number):
        return number
    @staticmethod
    def put(number, seen={}, *, kept={}):
        seen[number] = kept[number] = number

class Config:
    pass

class Small:
    pass

class Wide:
    __slots__ = [f"slot_{number}" for number in range(40)]

class Narrow:
    __slots__ = ()
    foreign = Wide.slot_39

def make():
    pending = {}
    def run(number):
        pending[number] = number
    return run

@functools.lru_cache(maxsize=None)
def quote(number):
    return number

PLAIN, ORDERED, COUNTED = {}, collections.OrderedDict(), collections.Counter()
SLOTTED = collections.defaultdict(list)
NESTED = [({None: {}, True: {}, 7: {}, "cart item": {}, Key(): 1},)]
WEAK = weakref.WeakKeyDictionary()
STRANGE, STORE, SHELF, CONFIG = Strange(), Store(), Shelf(), Config()
for number in range(40):
    setattr(CONFIG, f"option_{number}", number)
RUN = make()
SMALL = Small()
NARROW = Narrow()
SMALL.option = 1
ENTRIES = []
KEYS = [Config() for _ in range(100)]
''', space)
shop = sys.modules["shop"]
def fill(one, first=0):
    for number in range(first, first + 10):
        one(number)
heapdiff.install(signal=None)
"""


HOLDERS = [
    ("shop.PLAIN", "fill(lambda n: shop.PLAIN.update({n: n}), 5)"),
    ("shop.PLAIN", "fill(lambda n: shop.PLAIN.setdefault(n + 100, n))"),
    ("shop.ORDERED", "fill(lambda n: shop.ORDERED.__setitem__(n, n))"),
    ("shop.COUNTED", "fill(lambda n: shop.COUNTED.update([n, n]))"),
    ("shop.SLOTTED", "fill(lambda n: shop.SLOTTED[n])"),
    ("shop.WEAK.data", "fill(lambda n: shop.WEAK.__setitem__(shop.KEYS[n], n))"),
    ("shop.quote.<lru_cache>", "fill(shop.quote)"),
    ("shop.quote", "fill(shop.quote, 50)"),
    ("shop.Shelf.price.<lru_cache>", "fill(lambda n: shop.SHELF.price(n))"),
    ("shop.Shelf.put.<default seen>", "fill(shop.Shelf.put)"),
    ("shop.Shelf.put.<default kept>", "fill(shop.Shelf.put, 50)"),
    ("shop.RUN.<closure pending>", "fill(shop.RUN)"),
    ("shop.Store.shared", "fill(lambda n: shop.Store.shared.__setitem__(n, n))"),
    ("shop.Shelf.shared", "fill(lambda n: shop.Store.shared.__setitem__(n + 50, n))"),
    ("shop.STORE.entries", "fill(lambda n: shop.STORE.entries.__setitem__(n, n))"),
    ("shop.SHELF.shared", "fill(lambda n: shop.Store.shared.__setitem__(n + 80, n))"),
    ("shop.STRANGE.entries", "fill(lambda n: vars_of(shop.STRANGE)['entries'].__setitem__(n, n))"),
    ("shop.CONFIG.__dict__", "fill(lambda n: setattr(shop.CONFIG, f'more_{n}', n))"),
    ("shop.__dict__", "fill(lambda n: setattr(shop, f'more_{n}', n))"),
    ("shop.NESTED[0][0][None]", "fill(lambda n: shop.NESTED[0][0][None].__setitem__(n, n))"),
    ("shop.NESTED[0][0][True]", "fill(lambda n: shop.NESTED[0][0][True].__setitem__(n, n))"),
    ("shop.NESTED[0][0][7]", "fill(lambda n: shop.NESTED[0][0][7].__setitem__(n, n))"),
    ("shop.NESTED[0][0]['cart item']", "fill(lambda n: shop.NESTED[0][0]['cart item'].__setitem__(n, n))"),
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with start(tmp_path_factory.mktemp("snapshots")) as target:
        yield target


def start(directory: Path) -> Target:
    target = Target(SETUP, HEAPDIFF_DIR=str(directory), HEAPDIFF_ENGINE="native")
    target.directory = directory  # type: ignore[attr-defined]
    return target


def begin(target: Target, holder: str, most: int = 0, seconds: int = SECONDS) -> Watch:
    """Returns once it's on."""
    agent = find_agent(target.process.pid, target.directory)  # type: ignore[attr-defined]
    watch = Watch(agent, read_path(holder), seconds, most)
    begin_watch(watch)
    while (report := read_report(ask(target, "watching"))) and report.state == "starting":
        os.sched_yield()
    if report is not None and report.state == "refused":
        raise refusal(watch, report)
    return watch


def watched(target: Target, holder: str, code: str) -> Report:
    """What a watch sees of some code."""
    watch = begin(target, holder)
    target.execute(code)
    return ended(watch)


def ended(watch: Watch) -> Report:
    report = end_watch(watch)
    assert report is not None
    return report


def functions(report: Report) -> dict[str, int]:
    """By how many insertions."""
    return {stack.frames[0].function: stack.count for stack in report.stacks}


@WATCHABLE
@pytest.mark.parametrize(("holder", "code"), HOLDERS)
def test_every_insertion_is_seen_and_whose_it_is(shop: Target, holder: str, code: str) -> None:
    shop.execute(
        "vars_of = object.__getattribute__.__get__\nvars_of = lambda o: object.__getattribute__(o, '__dict__')"
    )
    report = watched(shop, holder, f"def put():\n    {code}\nput()")
    assert (report.inserted, report.unplaced) == (10, 0)
    assert sum(stack.count for stack in report.stacks) == 10
    assert all("put" in [frame.function for frame in stack.frames] for stack in report.stacks)


@WATCHABLE
def test_it_is_found_by_its_address(shop: Target) -> None:
    address = shop.evaluate("hex(id(D))", "D = {1: []}")
    report = watched(shop, address, "for n in range(5): D[n] = n")
    assert (report.inserted, report.length, report.type) == (4, 5, "dict")
    store = shop.evaluate("hex(id(shop.STORE))")
    assert watched(shop, f"{store}.entries", "shop.STORE.entries['x'] = 1").inserted == 1


@WATCHABLE
@ON_X86
def test_it_is_found_by_its_address_where_a_sandbox_refuses_to_copy_memory(tmp_path: Path) -> None:
    with start(tmp_path) as shop:
        shop.execute(REFUSE + "refuse(errno.ENOSYS, 'process_vm_readv')")
        address = shop.evaluate("hex(id(D))", "D = {1: []}")
        assert watched(shop, address, "D[2] = 2").inserted == 1
        with pytest.raises(CaptureError, match="nothing that the garbage collector tracks"):
            begin(shop, "0x10")


@WATCHABLE
def test_overwriting_is_no_insertion_and_what_goes_is_counted(shop: Target) -> None:
    shop.execute("D = shop.D = dict.fromkeys(range(10))")
    code = "D[1] = 2; D.pop(2); del D[3]; D.popitem(); D.pop('none', None); D[3] = 3; D.clear(); D.update({1: 1, 2: 2})"
    report = watched(shop, "shop.D", code)
    assert (report.inserted, report.removed, report.length) == (3, 3 + 8, 2)


@WATCHABLE
def test_one_that_is_empty_and_becomes_a_copy_gets_all_entries(shop: Target) -> None:
    shop.execute("D = shop.D = {}")
    report = watched(shop, "shop.D", "D.update({str(n): n for n in range(99)})")
    assert report.inserted == 99
    assert functions(report) == {"<module>": 99}


@WATCHABLE
def test_what_may_be_data_is_not_told(shop: Target) -> None:
    shop.execute(
        """
exec(compile("def put(d, n): d[n] = n", "/home/card 4711/shop.py", "exec"))
put.__code__ = put.__code__.replace(co_qualname="card 4711")
Secret = type("card 4711", (dict,), {})
shop.D = D = Secret()
"""
    )
    watch = begin(shop, "shop.D")
    shop.execute("put(D, 'card 4711')")
    report = ended(watch)
    assert (report.inserted, report.stacks[0].frames[0].file) == (1, "")
    told = ask(shop, "watching").watch
    assert told is not None
    assert "card" not in str(told.content)


@WATCHABLE
def test_it_ends_after_so_many(shop: Target) -> None:
    shop.execute("D = shop.D = {}")
    watch = begin(shop, "shop.D", most=7)
    shop.execute("fill(lambda n: D.__setitem__(n, n)); fill(lambda n: D.__setitem__(n + 20, n))")
    *_, last = follow_watch(watch)
    assert (last.state, last.reason, last.inserted) == ("ended", "count", 7)


@WATCHABLE
def test_it_ends_with_its_time(shop: Target) -> None:
    shop.execute("D = shop.D = {}")
    *_, last = follow_watch(begin(shop, "shop.D", seconds=0))
    assert (last.state, last.reason) == ("ended", "time")


@WATCHABLE
def test_the_dict_is_not_kept_alive(shop: Target) -> None:
    shop.execute("class Dict(dict): pass\nD = shop.D = Dict()\nimport weakref\ndied = weakref.ref(D)")
    watch = begin(shop, "shop.D")
    assert shop.evaluate("died() is None", "D[1] = 1\ndel D, shop.D")
    *_, last = follow_watch(watch)
    assert (last.reason, last.inserted, last.length) == ("gone", 1, 0)


@WATCHABLE
def test_what_ended_its_count_may_go_before_it_is_asked_for(shop: Target) -> None:
    """Its memory is somebody else's by then."""
    shop.execute("D = shop.D = {}")
    watch = begin(shop, "shop.D", most=3)
    shop.execute("fill(lambda n: D.__setitem__(n, n))\ndel D, shop.D\nothers = [{0: 0} for _ in range(100)]")
    *_, last = follow_watch(watch)
    assert (last.reason, last.inserted, last.length) == ("count", 3, 0)


@WATCHABLE
def test_one_is_watched_at_a_time(shop: Target) -> None:
    watch = begin(shop, "shop.PLAIN")
    with pytest.raises(BusyError, match="one at a time"):
        begin(shop, "shop.ORDERED")
    end_watch(watch)
    end_watch(begin(shop, "shop.ORDERED"))


@WATCHABLE
def test_nothing_of_many_watches_stays(shop: Target) -> None:
    """CPython has eight watchers of dicts for everybody."""
    shop.execute("D = shop.D = {}\ndef put(n): D[n] = n")
    before = shop.evaluate("sys.getrefcount(put.__code__)")
    for number in range(10):
        assert watched(shop, "shop.D", f"put({number})").inserted == 1
    assert shop.evaluate("sys.getrefcount(put.__code__)") == before


@WATCHABLE
def test_a_forked_child_is_not_watched(shop: Target) -> None:
    shop.execute("D = shop.D = {}")
    watch = begin(shop, "shop.D")
    forking = """
child = os.fork()
if not child:
    D[1] = 1
    os._exit(len(D))
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
D[2] = 2
"""
    assert shop.evaluate("status", forking) == 1
    assert ended(watch).inserted == 1


@WATCHABLE
def test_a_snapshot_and_the_end_of_the_agent_leave_the_dict_whole(tmp_path: Path) -> None:
    with start(tmp_path) as target:
        watch = begin(target, "shop.PLAIN")
        target.execute("heapdiff.snapshot()\nshop.PLAIN[1] = 1")
        for report in follow_watch(watch):
            if report.inserted:
                break
        stop = "from heapdiff.agent.worker.installation import uninstall\nuninstall()\nshop.PLAIN[2] = 2"
        assert target.evaluate("len(shop.PLAIN)", stop) == 2


@pytest.mark.parametrize(
    ("holder", "said"),
    [
        ("nothing.at.all", "no module of this name"),
        ("shop.MISSING", r"shop \(module\) has no \.MISSING"),
        ("shop.PLAIN.x", r"shop\.PLAIN \(dict\) has no \.x"),
        ("shop.NESTED[0][1]", r"shop\.NESTED\[0\] \(tuple\) has no \[1\]"),
        ("shop.NESTED[0][0]['x']", r"has no \['x'\]"),
        ("shop.STRANGE.x", r"\(shop\.Strange\) has no \.x"),
        ("shop.STORE.made.x", r"has no \.x"),
        ("shop.NARROW.foreign", r"\(shop\.Narrow\) has no \.foreign"),
        ("shop.quote.<closure x>", "has no"),
        ("shop.ENTRIES", "is a list, and only dicts"),
        ("shop.NESTED[0]", "is a tuple"),
        ("shop.STORE", "is a shop.Store"),
        ("shop", "is a module"),
        ("shop.SMALL.__dict__", "keeps its few attributes inline"),
        ("0x10", "nothing that the garbage collector tracks"),
        ("0xfffffffffffffff0", "nothing that the garbage collector tracks"),
    ],
)
def test_what_is_no_dict_is_refused_with_a_reason(shop: Target, holder: str, said: str) -> None:
    with pytest.raises(CaptureError, match=said) as refused:
        begin(shop, holder)
    assert refused.value.hint


@pytest.mark.parametrize(
    ("holder", "hint"),
    [
        ("shop.ENTRIES", "heapdiff sample"),
        ("shop.STORE", "Name a dict in it: shop.STORE.entries"),
        ("shop.STRANGE", "Name a dict in it: shop.STRANGE.entries"),
        ("shop.CONFIG", "Name a dict in it: shop.CONFIG.__dict__"),
    ],
)
def test_what_has_dicts_names_them(shop: Target, holder: str, hint: str) -> None:
    with pytest.raises(CaptureError) as refused:
        begin(shop, holder)
    assert hint in refused.value.hint


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="CPython has dict watchers from 3.12 on")
@pytest.mark.parametrize("holder", [holder for holder, _ in HOLDERS])
def test_an_older_python_finds_it_and_says_what_to_do_instead(shop: Target, holder: str) -> None:
    with pytest.raises(CaptureError, match=r"only on CPython 3\.12 and later") as refused:
        begin(shop, holder)
    assert f"heapdiff sample {shop.process.pid} on" in refused.value.hint


@pytest.mark.parametrize(
    "order",
    [
        "watch",
        "watch number=1 seconds=1 most=1",
        "watch number=1 seconds=-1 most=0 .shop",
        "watch number=1 seconds=99999999999999999999 most=0 .shop",
        "watch number=1 seconds=5 most=0x .shop",
        "watch number=1 most=0 seconds=5 .shop",
        "watch seconds=5 most=0 .shop",
        "watch number=1 seconds=5 most=0 " + "x" * 3000,
        "unwatch",
        "unwatch number=",
        "unwatch number=1x",
        "watching now",
    ],
)
def test_a_line_that_says_something_else_is_not_obeyed(shop: Target, order: str) -> None:
    assert ask(shop, order).answer == "unknown"


@pytest.mark.parametrize(
    "steps",
    [
        "shop",
        ".",
        ".shop\x1f",
        "\x1f.shop",
        "@",
        "@zz",
        "@1\x1f@1",
        ".shop\x1f@1",
        "%x",
        *[".a\x1f" * 100 + ".b"],
    ],
)
def test_steps_that_are_none_find_nothing(shop: Target, steps: str) -> None:
    answer = ask(shop, f"watch number=1 seconds=1 most=0 {steps}")
    assert answer.answer == "accepted"
    while (report := read_report(ask(shop, "watching"))) and not report.is_over:
        os.sched_yield()
    assert report is not None
    assert report.state == "refused"


@WATCHABLE
def test_a_watch_that_is_over_is_not_ended_again(shop: Target) -> None:
    watch = begin(shop, "shop.PLAIN")
    report = ended(watch)
    assert report.is_over
    for number in (watch.number, 4_000_000_000):
        assert read_report(ask(shop, f"unwatch number={number}")) == report


def test_another_engine_says_that_it_cannot(tmp_path: Path) -> None:
    with Target(SETUP, HEAPDIFF_DIR=str(tmp_path), HEAPDIFF_ENGINE="gc") as target:
        agent = find_agent(target.process.pid, tmp_path)
        with pytest.raises(HeapdiffError, match="with the gc engine, can't watch a dict"):
            begin_watch(Watch(agent, read_path("shop.PLAIN"), SECONDS))


def ask(target: Target, order: str) -> Answer:
    answer = call(target.directory, target.process.pid, order, None)  # type: ignore[attr-defined]
    assert answer is not None
    return answer
