"""Real caches: what heapdiff says they hold, may hold and were asked for is what they say themselves."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import heapdiff
from heapdiff.analysis.waste.caching.caches import Cache, find_caches
from heapdiff.analysis.waste.ground.worker import Heap
from heapdiff.answers import Finding, Topic
from heapdiff.graph import load
from tests.agent.target import Target
from tests.servers.backends import redis_server

pytestmark = pytest.mark.every_server

SHOP = """
import functools, itertools, os, time
import cachetools, cachelib.simple, dogpile.cache
from flask import Flask, render_template_string
from flask_caching import Cache

app = Flask("shop")
backend, url = os.environ["SHOP_CACHE"], os.environ["SHOP_REDIS"]
pages = Cache(config={"CACHE_TYPE": backend, "CACHE_REDIS_URL": url, "CACHE_THRESHOLD": 900})
pages.init_app(app)
region = dogpile.cache.make_region().configure("dogpile.cache.memory")
rates = cachetools.TTLCache(maxsize=50, ttl=300)
forever = cachetools.LRUCache(maxsize=float("inf"))
compiled = functools.lru_cache(maxsize=64)(str)

@functools.lru_cache(maxsize=None)
def price(number): return [number]
@cachetools.cached({}, info=True)
def total(number): return [number]

def fill():
    for number in itertools.chain(range(400), range(100)):
        price(number), total(number), compiled(number)
        rates[number] = forever[number] = number
        region.set(str(number), number)
    with app.app_context():
        real, cachelib.simple.time = time.time, lambda: real() - 3600
        for number in range(300): pages.set(str(number), "page", timeout=60)
        cachelib.simple.time = real
        for number in range(300, 800): pages.set(str(number), "page", timeout=600)
        assert pages.get("799") == "page"
        render_template_string("{{ 1 }}")

def told():
    info, counted = price.cache_info(), total.cache_info()
    backend = pages.cache
    return {
        "shop.price": [info.currsize, info.maxsize, info.hits, info.misses],
        "shop.total": [counted.currsize, counted.maxsize, counted.hits, counted.misses],
        "shop.compiled": [64, 64, compiled.cache_info().hits, compiled.cache_info().misses],
        "shop.rates": [rates.currsize, rates.maxsize, None, None],
        "shop.forever": [len(forever), None, None, None],
        "simple": [len(backend._cache), backend._threshold] if hasattr(backend, "_cache") else None,
    }
"""
FILL = "import sys; sys.path.insert(0, {folder!r})\nimport heapdiff, shop\nshop.fill()\npath = str(heapdiff.snapshot())"


@pytest.fixture(scope="module")
def redis() -> Iterator[str]:
    with redis_server() as socket:
        yield f"unix://{socket}"


def filled(folder: Path, backend: str, url: str) -> tuple[Path, dict[str, list[Any]]]:
    """A process's snapshot, and what its caches say of themselves."""
    (folder / "shop.py").write_text(SHOP)
    place = folder / "snapshots"
    with Target(HEAPDIFF_DIR=str(place), SHOP_CACHE=backend, SHOP_REDIS=url) as worker:
        worker.execute(FILL.format(folder=str(folder)))
        return Path(worker.evaluate("path")), worker.evaluate("shop.told()")


def look(path: Path) -> dict[str, Cache]:
    snapshot = heapdiff.load(path)
    return {cache.name: cache for cache in find_caches(Heap(load(snapshot), snapshot.summary))}


def test_every_real_cache_is_found_with_its_own_figures(tmp_path: Path, redis: str) -> None:
    path, told = filled(tmp_path, "SimpleCache", redis)
    found = look(path)
    simple = told.pop("simple")
    figures = {name: found[name] for name in told}
    assert {name: [each.entries, each.most, each.hits, each.misses] for name, each in figures.items()} == told
    assert [each.kind.name for each in figures.values()] == [
        "lru_cache", "dict of @cachetools.cached", "lru_cache", "cachetools cache", "cachetools cache",
    ]  # fmt: skip
    (pages,) = [each for each in found.values() if each.kind.name == "SimpleCache"]
    assert [pages.entries, pages.most, pages.expired, pages.own] == [*simple, 300, True]
    (region,) = [each for each in found.values() if each.kind.name == "dogpile.cache memory backend"]
    assert (region.entries, region.is_bounded) == (400, False)
    assert any(each.kind.name == "Jinja LRUCache" and each.most == 400 for each in found.values())


def on_caching(*paths: Path) -> list[Finding]:
    return [each for each in heapdiff.advise(*paths).findings if each.topic is Topic.CACHING]


def test_a_simple_cache_in_two_workers_is_named_and_one_in_redis_is_not(tmp_path: Path, redis: str) -> None:
    for backend, expected in (("SimpleCache", ["A SimpleCache in each of 2 workers"]), ("RedisCache", [])):
        workers = []
        for number in range(2):
            folder = tmp_path / f"{backend}{number}"
            folder.mkdir(mode=0o700)
            workers.append(filled(folder, backend, redis)[0])
        found = [
            each.title.partition(",")[0]
            for each in on_caching(*workers)
            if each.rule == "simple-cache-workers"
        ]
        assert found == expected
    assert os.environ.get("SHOP_CACHE") is None
