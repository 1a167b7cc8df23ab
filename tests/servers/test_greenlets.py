"""gevent: what a waiting greenlet keeps is found under its name, and others run while a snapshot is taken."""

from __future__ import annotations

from pathlib import Path

import pytest

import heapdiff
from heapdiff import graph
from heapdiff.analysis import explain
from tests.agent.setups import EVERY_ENGINE
from tests.agent.target import Target

pytestmark = pytest.mark.every_server

WAITING = """
from gevent import monkey
monkey.patch_all()
import gevent, heapdiff, threading
class Basket: pass
class Coupon: pass
def handle(customer):
    backlog = [Basket() for _ in range(50)]
    look_up(customer)
def look_up(customer):
    coupons = [Coupon()]
    gevent.sleep(1000)
def start():
    for customer in range(3):
        gevent.spawn(handle, customer)
    gevent.sleep(0)
start()
"""


@pytest.mark.parametrize("engine", EVERY_ENGINE)
def test_locals_of_a_waiting_greenlet_have_their_frame_as_holder(engine: str, tmp_path: Path) -> None:
    with Target(WAITING, HEAPDIFF_ENGINE=engine, HEAPDIFF_DIR=str(tmp_path)) as target:
        heap = graph.load(heapdiff.load(target.evaluate("str(heapdiff.snapshot())")))
    for kind, count, holder in (
        ("__main__.Basket", 150, "<thread greenlet>.handle.<local backlog>"),
        ("__main__.Coupon", 3, "<thread greenlet>.look_up.<local coupons>"),
    ):
        found = explain(heap, kind)
        assert found.objects == count
        assert [path.path.partition("[")[0] for path in found.paths] == [holder]


TICKING = """
ticks = 0
ended = False
def tick():
    global ticks
    while not ended:
        ticks += 1
        gevent.sleep(0.001)
def take():
    global ended
    path = heapdiff.snapshot()
    ended = True
    return path
heapdiff.install(signal=None)
big = [[number] for number in range(100_000)]
"""


@pytest.mark.parametrize("engine", EVERY_ENGINE)
def test_other_greenlets_run_while_one_waits_for_its_snapshot(engine: str, tmp_path: Path) -> None:
    with Target(WAITING + TICKING, HEAPDIFF_ENGINE=engine, HEAPDIFF_DIR=str(tmp_path)) as target:
        target.execute("both = gevent.joinall([gevent.spawn(take), gevent.spawn(tick)], timeout=120)")
        ended, ticks = target.evaluate("[ended, ticks]")
    assert ended
    assert ticks > 5


SWITCHING = """
import greenlet, os, threading, heapdiff
class Basket: pass
looked, switched = threading.Event(), threading.Event()
def wait_for_the_look():
    baskets = [Basket() for _ in range(50)]
    looked.wait()
    greenlet.getcurrent().parent.switch()
def before_the_fork():
    looked.set()
    switched.wait()
def take():
    global path
    path = heapdiff.snapshot()
heapdiff.install(signal=None)
os.register_at_fork(before=before_the_fork)
taker = threading.Thread(target=take)
taker.start()
waiting = greenlet.greenlet(wait_for_the_look)
waiting.switch()
switched.set()
taker.join()
"""


def test_a_greenlet_that_ran_at_the_look_and_waits_at_the_fork_is_written_once(tmp_path: Path) -> None:
    with Target(SWITCHING, HEAPDIFF_ENGINE="gc", HEAPDIFF_DIR=str(tmp_path)) as target:
        heap = graph.load(heapdiff.load(target.evaluate("str(path)")))
    found = explain(heap, "__main__.Basket")
    assert found.objects == 50
    assert ["wait_for_the_look.<local baskets>" in path.path for path in found.paths] == [True]
