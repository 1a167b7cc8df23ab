"""A directory in which the pages' commands can be typed: snapshots under every name that they use, and a worker to ask.

The snapshots are small ones of a shop, drawn in the heap language; the worker is a program whose shop fills all the time. The
lake has eight workers of each of several releases, one of which leaks.
"""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path
from typing import Final

from tests.cli.snapshot_files import write_snapshot
from tests.fleet.documents import comparison, write

__all__ = ["PIDS", "WORKER", "prepare", "write_originals"]

SESSION: Final = "0x7f3a5c0d1e40"
FLASK: Final = "Flask.preprocess_request flask/app.py:1270 of flask"
SHOP: Final = f"""
    module shop.cache of application
    shop.models.Session: type
    shop.cache.SESSIONS: dict -> [*]: shop.models.Session * {{sessions}} $s size=56 @{SESSION} -> .basket: list size=88
    shop.events.order_paid: shop.events.Event -> .handlers: list -> []: function * {{handlers}}
    sampler: every 1024
    sample * {{sessions}} of $s size=100: session_for shop/cache.py:24 < open_session shop/views.py:24 < {FLASK}
"""
GROWTH: Final = ((20, 5), (220, 55), (420, 105))  # sessions and handlers of each snapshot
NAMES: Final = (  # what pages call a process's snapshots, oldest first
    ("first.json", "before.json", "FIRST.json", "a.json", "A"),
    ("second.json", "after.json", "SECOND.json", "b.json", "B"),
    ("third.json",),
)
AS_WRITTEN: Final = "web1-4242-0001-20261122T140507Z"
FOLDERS: Final = ("heaps", "heapdiff-out", "heapdiff-out/waste", "heapdiff-fixed")
MADE_FIRST: Final = (
    ".claude/skills/heapdiff",
    ".config/fish/completions",
)  # by the program that reads what goes there
RELEASES: Final = ("1.0", "1.1", "1.2", "1.4.0", "1.5.0")
LEAKS: Final = "1.1"
WORKERS: Final = 8
BEGAN_MINUTES: Final = 240  # in the life of each worker, with the hour before the documents' first minute
FINGERPRINTS: Final = ("6040ab8e0222", "3f9c01d2a5e7")  # those that the pages have
PIDS: Final = ("4242", "4243")
WORKER: Final = """
import sys, threading, types
import heapdiff

PRICING = '''
import functools

@functools.lru_cache(maxsize=None)
def quote(number):
    return [number]

class PriceList:
    @functools.lru_cache(maxsize=None)
    def quote(number):
        return [number]
'''
cache, pricing = types.ModuleType("shop.cache"), types.ModuleType("shop.pricing")
cache.SESSIONS = {}
exec(PRICING, vars(pricing))
sys.modules |= {"shop.cache": cache, "shop.pricing": pricing}
heapdiff.install(signal=None)
enough = threading.Event()

def visit():
    number = 0
    while not enough.wait(0.001):
        number += 1
        cache.SESSIONS[str(number)] = [number]
        pricing.quote(number)
        pricing.PriceList.quote(number)

threading.Thread(target=visit, daemon=True).start()
"""


def write_originals(directory: Path) -> list[Path]:
    """Both files of each snapshot, oldest first."""
    return [
        write_snapshot(directory, SHOP.format(sessions=sessions, handlers=handlers), number)
        for number, (sessions, handlers) in enumerate(GROWTH, 1)
    ]


def prepare(directory: Path, originals: list[Path], text: str) -> None:
    """Lay out what a command, or a script, mentions, and nothing else: a pattern must not find one snapshot twice."""
    words = set(text.replace("*.json", "first.json second.json third.json").split())
    for original, names in zip(originals, NAMES, strict=True):
        for name in words.intersection(names):
            _copy(original, directory / name)
    if AS_WRITTEN in text:
        _copy(originals[0], directory / f"{AS_WRITTEN}.json")
        if "gzip" not in text:
            (directory / f"{AS_WRITTEN}.json.gz").write_bytes(gzip.compress(originals[0].read_bytes()))
    for folder in FOLDERS:
        if folder in text:
            shutil.copytree(originals[0].parent, directory / folder, dirs_exist_ok=True)
    if "fleet" in text and " lake" in text.replace("--to lake", ""):
        shutil.copytree(_lake_beside(originals), directory / "lake")
    for folder in MADE_FIRST:
        (directory / folder).mkdir(parents=True)
    if "--key-file key" in text and "> key" not in text:
        (directory / "key").write_text("0123456789abcdef-fedcba98765432\n")
        (directory / "key").chmod(0o600)


def _lake_beside(originals: list[Path]) -> Path:
    """Made when a command first asks for it."""
    lake = originals[0].parent.with_name("lake")
    if not lake.exists():
        from heapdiff.fleet.ingest.ingesting import ingest

        sources = originals[0].parent.with_name("sources")
        for number, release in enumerate(RELEASES):
            for worker in range(WORKERS * number, WORKERS * (number + 1)):
                for began in range(BEGAN_MINUTES, BEGAN_MINUTES + 600, 120):
                    suspects = len(FINGERPRINTS) if release == LEAKS else 0
                    document = comparison(worker, (began, began + 120), suspects)
                    for reference in document["snapshots"]:
                        reference["release"] = release
                    for suspect, fingerprint in zip(document["suspects"], FINGERPRINTS, strict=False):
                        suspect["fingerprint"] = fingerprint
                    write(sources / f"{worker}-{began}.json", document)
        ingest([str(sources)], str(lake))
    return lake


def _copy(original: Path, target: Path) -> None:
    """The summary under another name; its graph under that name, and under the one that it says."""
    heap = original.with_suffix(".heap")
    shutil.copy(original, target)
    shutil.copy(heap, target.parent)
    shutil.copy(heap, target.with_suffix(".heap"))
