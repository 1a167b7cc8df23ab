"""The same leak has the same fingerprint in every process, however that is laid out; real ones show it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import heapdiff
from heapdiff.answers import Comparison, Suspect
from tests.agent.setups import NEEDS_NATIVE, engine_setup
from tests.agent.target import Target

pytestmark = NEEDS_NATIVE
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
    "no pymalloc": ("", {"PYTHONHASHSEED": "1", "PYTHONMALLOC": "malloc"}, "web1"),
    "allocations and other modules before, on another host": (
        "import decimal, sqlite3, xml.dom.minidom\nballast = [[n] * (n % 40) for n in range(20_000)]; del ballast[::3]",
        {"PYTHONHASHSEED": "4711"},
        "api-7.example.net",
    ),
}
RELEASES = {
    "more attributes": ("self.cart =", "self.seen_at = number; self.cart ="),
    "more functions": ("SESSIONS = {}", "def helper(): pass\nTIMEOUT = 30\nSESSIONS = {}"),
}


def suspects_in(
    directory: Path, code: str, before: str, environment: dict[str, str], host: str
) -> list[Suspect]:
    """What is found in a fresh process that leaks 300 times between two snapshots."""
    directory.mkdir(mode=0o700)
    setup = re.sub(r'"host"\)', f'"{host}")', engine_setup("native", directory))
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


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    directory = tmp_path_factory.mktemp("plain") / "snapshots"
    return fingerprints(suspects_in(directory, SHOP, "", {"PYTHONHASHSEED": "0"}, "web1"))


@pytest.mark.slow
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_fingerprints_are_the_same_in_processes_laid_out_differently(
    layout: tuple[str, dict[str, str], str], plain: dict[str, str], tmp_path: Path
) -> None:
    assert plain.keys() == {
        "shop.SESSIONS",
        "shop.Registry.entries['…']",
        "shop.price.<lru_cache>",
        "shop.remember.<default seen>",
        "shop.count.<closure pending>",
        "shop.LOCAL.spans",
    }
    assert len(set(plain.values())) == len(plain)
    assert fingerprints(suspects_in(tmp_path / "other", SHOP, *layout)) == plain


@pytest.mark.slow
@pytest.mark.parametrize("change", RELEASES.values(), ids=RELEASES.keys())
def test_fingerprints_survive_a_release_that_leaves_the_holder_alone(
    change: tuple[str, str], plain: dict[str, str], tmp_path: Path
) -> None:
    released = SHOP.replace(*change)
    assert released != SHOP
    assert fingerprints(suspects_in(tmp_path / "new", released, "", {}, "web1")) == plain
