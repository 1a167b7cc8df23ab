"""A dict of a gunicorn worker is watched under load: every insertion has its line and view, and no request suffers."""

from __future__ import annotations

import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from heapdiff.analysis.witnesses.insertions import find_sites
from heapdiff.remote.finding import find_agent
from heapdiff.remote.watching.holder_paths import read_path
from heapdiff.remote.watching.reports import Report
from heapdiff.remote.watching.watches import Watch, begin_watch, end_watch, follow_watch
from tests.agent.setups import NEEDS_NATIVE
from tests.flask.gunicorn import Gunicorn

pytestmark = [
    NEEDS_NATIVE,
    pytest.mark.process,
    pytest.mark.skipif(sys.version_info < (3, 12), reason="CPython has no dict watchers before 3.12"),
]
SECONDS = 60
CALLS = 60

SHOP = """
import os
from collections import OrderedDict
from functools import lru_cache, wraps
from flask import Flask, jsonify
from heapdiff.flask import HeapDiff

class SimpleCache:
    "As Flask-Caching's store is made."
    def __init__(self):
        self._cache = {}
    def set(self, key, value):
        self._cache[key] = value

def cached(view):
    @wraps(view)
    def decorated(number):
        page = view(number)
        STORE.set(f"{view.__name__} {number}", page)
        return page
    return decorated

SESSIONS, RECENT, STORE = {}, OrderedDict(), SimpleCache()

@lru_cache(maxsize=50)
def price(number):
    return number * 2

def remember(number):
    SESSIONS[number] = object()

def make():
    app = Flask("shop")
    HeapDiff(app)
    @app.get("/")
    def index():
        return jsonify(pid=os.getpid(), parent=os.getppid())
    @app.get("/product/<int:number>")
    @cached
    def product(number):
        remember(number)
        return jsonify(price=price(number))
    @app.get("/buy/<int:number>")
    @cached
    def buy(number):
        remember(number)
        RECENT[number] = None
        return jsonify(price=price(number))
    return app
"""


def load(server: Gunicorn, first: int) -> None:
    """Each view as often, on several threads."""
    paths = [f"/{view}/{first + number}" for number in range(CALLS) for view in ("product", "buy")]
    paths = [path.replace("/buy/", "/buy/1") for path in paths]
    with ThreadPoolExecutor(4) as pool:
        statuses = Counter(status for status, _ in pool.map(lambda path: server.ask("GET", path), paths))
    assert statuses == {200: 2 * CALLS}


def watch(server: Gunicorn, pid: int, holder: str, first: int) -> Report:
    watched = Watch(find_agent(pid, server.directory), read_path(holder), SECONDS)
    begin_watch(watched)
    for report in follow_watch(watched):
        if report.state == "watching":
            break
    load(server, first)
    seen = end_watch(watched)
    assert seen is not None
    return seen


def summed(report: Report) -> dict[tuple[str, str], int]:
    """Insertions by site and view."""
    return {
        (f"{site.function} {Path(site.file).name}", str(site.entry).rpartition(".")[2]): site.count
        for site in find_sites(report.stacks)
    }


def test_each_insertion_under_load_has_its_site_and_its_view(tmp_path: Path) -> None:
    options = ("--worker-class", "gthread", "--threads", "4")
    with Gunicorn(tmp_path, *options, shop=SHOP) as server:
        pid = server.worker()
        report = watch(server, pid, "shop.SESSIONS", 1000)
        assert summed(report) == {
            ("remember shop.py", "product"): CALLS,
            ("remember shop.py", "buy"): CALLS,
        }
        assert (report.unplaced, report.removed) == (0, 0)
        report = watch(server, pid, "shop.RECENT", 2000)
        assert summed(report) == {("make.<locals>.buy shop.py", "buy"): CALLS}
        report = watch(server, pid, "shop.STORE._cache", 3000)
        assert summed(report) == {
            ("SimpleCache.set shop.py", "product"): CALLS,
            ("SimpleCache.set shop.py", "buy"): CALLS,
        }
        report = watch(server, pid, "shop.price.<lru_cache>", 4000)
        assert summed(report) == {
            ("make.<locals>.product shop.py", "product"): CALLS,
            ("make.<locals>.buy shop.py", "buy"): CALLS,
        }
        assert (report.inserted, report.removed) == (2 * CALLS, 2 * CALLS)  # it was full before
