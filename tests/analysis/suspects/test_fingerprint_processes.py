"""The same leak has the same fingerprint in every process, however that is laid out; real ones show it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import heapdiff
from heapdiff.answers import Comparison, Suspect
from tests.agent.setups import NATIVE, engine_setup
from tests.agent.target import Target

SHOP = '''
import sys, types
shop = sys.modules["shop"] = types.ModuleType("shop")
exec("""
import functools, threading
class Session:
    def __init__(self, number):
        self.user = f"user {number}"
        self.cart = [number, {"items": (number,)}]
SESSIONS = {}
class Registry:
    entries = {"by_day": []}
@functools.lru_cache(maxsize=None)
def price(number): return [number] * 3
def remember(number, seen=[]): seen.append((number, f"text {number}"))
def make_counter():
    pending = set()
    def count(number): pending.add(f"pending {number}")
    return count
count = make_counter()
LOCAL = threading.local()
LOCAL.spans = []
def leak(number):
    SESSIONS[f"s{number}"] = Session(number)
    Registry.entries["by_day"].append({"day": number})
    price(number), remember(number), count(number)
    LOCAL.spans.append([number])
""", vars(shop))
def leak(first, last):
    for number in range(first, last): shop.leak(number)
'''
LAYOUTS = {
    "plain": ("", {"PYTHONHASHSEED": "0"}, "web1"),
    "other hash seed": ("", {"PYTHONHASHSEED": "4711"}, "web1"),
    "no pymalloc": ("", {"PYTHONHASHSEED": "1", "PYTHONMALLOC": "malloc"}, "web1"),
    "allocations before": (
        "ballast = [[n] * (n % 40) for n in range(20_000)]; del ballast[::3]",
        {"PYTHONHASHSEED": "2"},
        "web1",
    ),
    "other modules first": (
        "import decimal, sqlite3, email.message, xml.dom.minidom, unittest",
        {"PYTHONHASHSEED": "3"},
        "web1",
    ),
    "another host": ("", {"PYTHONHASHSEED": "5"}, "api-7.example.net"),
}
RELEASES = {
    "more attributes": ("self.cart =", "self.seen_at = number; self.cart ="),
    "more functions": ("SESSIONS = {}", "def helper(): pass\nTIMEOUT = 30\nSESSIONS = {}"),
}


def suspects_in(
    engine: str, directory: Path, code: str, before: str, environment: dict[str, str], host: str
) -> list[Suspect]:
    """What is found in a fresh process that leaks 300 times between two snapshots."""
    directory.mkdir(mode=0o700)
    setup = re.sub(r'"host"\)', f'"{host}")', engine_setup(engine, directory))
    with Target(setup, (), **environment) as target:
        target.execute(before)
        target.execute(code)
        target.execute("leak(0, 50)")
        first = target.evaluate("snapshot()")["path"]
        target.execute("leak(50, 350)")
        comparison = heapdiff.compare(first, target.evaluate("snapshot()")["path"])
        assert isinstance(comparison, Comparison)
    return [suspect for suspect in comparison.suspects if "shop" in suspect.holder.path]


def fingerprints(suspects: list[Suspect]) -> dict[str, str]:
    return {suspect.holder.path: suspect.fingerprint for suspect in suspects}


@pytest.mark.parametrize("engine", [NATIVE])
def test_fingerprints_are_the_same_in_processes_laid_out_differently(engine: str, tmp_path: Path) -> None:
    found = {
        name: fingerprints(suspects_in(engine, tmp_path / str(number), SHOP, *layout))
        for number, (name, layout) in enumerate(LAYOUTS.items())
    }
    assert found["plain"].keys() == {
        "shop.SESSIONS",
        "shop.Registry.entries['…']",
        "shop.price.<lru_cache>",
        "shop.remember.<default seen>",
        "shop.count.<closure pending>",
        "shop.LOCAL.spans",
    }
    assert len(set(found["plain"].values())) == len(found["plain"])
    assert all(each == found["plain"] for each in found.values()), found


@pytest.mark.parametrize("engine", [NATIVE])
@pytest.mark.parametrize("change", RELEASES.values(), ids=RELEASES.keys())
def test_fingerprints_survive_a_release_that_leaves_the_holder_alone(
    engine: str, change: tuple[str, str], tmp_path: Path
) -> None:
    released = SHOP.replace(*change)
    assert released != SHOP
    old = fingerprints(suspects_in(engine, tmp_path / "old", SHOP, "", {}, "web1"))
    new = fingerprints(suspects_in(engine, tmp_path / "new", released, "", {}, "web1"))
    assert new == old
