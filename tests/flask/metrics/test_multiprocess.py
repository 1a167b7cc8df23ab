"""Files of prometheus_client's multiprocess mode: who writes them, when, and what a dead process leaves behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.agent.target import Target

pytestmark = pytest.mark.process

SHOP = """
import os, signal, sys
from dataclasses import asdict
from flask import Flask
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
import heapdiff
from heapdiff.flask import HeapDiff
from heapdiff.flask.metrics import multiprocess
multiprocess.EVERY_S = 0.0
def make(**config):
    app = Flask("shop")
    app.config.update(HEAPDIFF_DIR={directory!r}, HEAPDIFF_SIGNAL=None, HEAPDIFF_METRICS="prometheus", **config)
    HeapDiff(app)
    app.add_url_rule("/", "index", lambda: "hello")
    return app
app = make({config})
def serve():
    return app.test_client().get("/").status_code
def scrape():
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    lines = generate_latest(registry).decode().splitlines()
    return {{line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if line.startswith("heapdiff_")}}
def files():
    return sorted(os.listdir(os.environ["PROMETHEUS_MULTIPROC_DIR"]))
def fork(then):
    pid = os.fork()
    if not pid:
        serve()
        then()
    return pid
def ended(then):
    pid = fork(then)
    os.waitpid(pid, 0)
    return pid
"""


class Shop(Target):
    """An app in a process that shares its metrics with those it forks, as a server's workers do."""

    def __init__(self, folder: Path, config: str = "") -> None:
        (folder / "metrics").mkdir()
        setup = SHOP.format(directory=str(folder / "snapshots"), config=config)
        super().__init__(setup, PROMETHEUS_MULTIPROC_DIR=str(folder / "metrics"))

    def __enter__(self) -> Shop:
        super().__enter__()
        return self

    def scrape(self) -> dict[str, float]:
        found: dict[str, float] = self.evaluate("scrape()")
        return found


def test_nothing_is_written_before_a_request_and_no_counter_before_a_snapshot(tmp_path: Path) -> None:
    with Shop(tmp_path) as shop:
        pid = shop.process.pid
        assert shop.evaluate("files()") == []
        shop.evaluate("serve()")
        assert shop.evaluate("files()") == [f"gauge_liveall_{pid}.db"]
        assert set(shop.scrape()) == {f'heapdiff_rss_bytes{{pid="{pid}"}}'}
        known = shop.evaluate("asdict(multiprocess.read_figures())", "heapdiff.snapshot(); serve()")
        found = shop.scrape()
        assert found["heapdiff_snapshots_total"] == 1
        assert found[f'heapdiff_python_bytes{{pid="{pid}"}}'] == known["python_bytes"]
        assert found["heapdiff_snapshot_pause_seconds_total"] == known["paused_s"]
        assert "heapdiff_snapshot_failures_total" not in found


@pytest.mark.slow
def test_counters_go_on_after_a_process_has_ended_and_its_gauges_are_gone(tmp_path: Path) -> None:
    with Shop(tmp_path) as shop:
        pid = shop.evaluate("ended(lambda: (heapdiff.snapshot(), sys.exit()))")
        assert shop.evaluate("files()") == [f"counter_{pid}.db"]
        shop.execute("serve(); heapdiff.snapshot(); serve()")
        found = shop.scrape()
        assert found["heapdiff_snapshots_total"] == 2
        assert [name for name in found if "rss" in name] == [
            f'heapdiff_rss_bytes{{pid="{shop.process.pid}"}}'
        ]


@pytest.mark.slow
def test_the_snapshot_that_a_process_takes_at_its_end_counts(tmp_path: Path) -> None:
    with Shop(tmp_path, "HEAPDIFF_AT_EXIT=True, HEAPDIFF_MIN_INTERVAL=0") as shop:
        shop.evaluate("ended(sys.exit)")
        assert shop.scrape()["heapdiff_snapshots_total"] == 1


def test_what_a_killed_process_left_is_removed_by_the_next_and_nothing_else_is(tmp_path: Path) -> None:
    with Shop(tmp_path) as shop:
        killed = shop.evaluate("ended(lambda: os.kill(os.getpid(), signal.SIGKILL))")
        assert f"gauge_liveall_{killed}.db" in shop.evaluate("files()")
        others = [
            f"counter_{killed}.db",
            f"gauge_all_{killed}.db",
            f"gauge_livesum_{os.getpid()}.db",
            "gauge_liveall_self.db",
        ]
        for name in others:
            (tmp_path / "metrics" / name).touch()
        shop.evaluate("serve()")
        assert shop.evaluate("files()") == sorted([*others, f"gauge_liveall_{shop.process.pid}.db"])


def test_holders_have_a_bounded_number_of_names_and_one_that_is_gone_is_zero(tmp_path: Path) -> None:
    with Shop(tmp_path, "HEAPDIFF_METRICS_SUSPECTS=3") as shop:
        shop.execute(
            "found = {}\n"
            "from heapdiff.flask.metrics.figures import Figures\n"
            "multiprocess.read_figures = lambda most: Figures(1, suspects=dict(found))"
        )
        shop.evaluate("serve()", "found.update({'shop.A': 10, 'shop.B': 20, 'shop.C': 30, 'shop.D': 5})")
        assert suspects_of(shop) == {"shop.C": 30, "shop.B": 20, "(others)": 15}
        shop.evaluate("serve()", "found.clear(); found.update({'shop.E': 7, 'shop.B': 21})")
        assert suspects_of(shop) == {"shop.C": 0, "shop.B": 21, "(others)": 7}
        shop.execute("pid = fork(signal.pause)")
        assert set(suspects_of(shop)) <= {"shop.C", "shop.B", "shop.E", "(others)"}
        shop.execute("os.kill(pid, signal.SIGKILL); os.waitpid(pid, 0)")


def suspects_of(shop: Shop) -> dict[str, float]:
    start, end = 'heapdiff_suspect_bytes{holder="', '"}'
    return {
        name.removeprefix(start).removesuffix(end): value
        for name, value in shop.scrape().items()
        if name.startswith(start)
    }


def test_a_folder_that_vanishes_stops_the_metrics_and_not_the_app(tmp_path: Path) -> None:
    with Shop(tmp_path) as shop:
        (tmp_path / "metrics").rmdir()
        assert shop.evaluate("[serve(), serve()]") == [200, 200]
