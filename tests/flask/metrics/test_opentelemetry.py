"""Observable instruments, read by the real SDK; also by one that was made before its process forked."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

import heapdiff
from heapdiff.agent.worker import installation
from heapdiff.flask.metrics import opentelemetry
from heapdiff.flask.metrics.figures import Figures
from heapdiff.snapshot import read_snapshot
from tests.agent.target import Target
from tests.flask.conftest import MakeApp


@pytest.fixture
def reader() -> InMemoryMetricReader:
    return InMemoryMetricReader()


def points(reader: InMemoryMetricReader) -> dict[str, list[tuple[float, dict[str, Any]]]]:
    """What the SDK collected, by instrument."""
    data = reader.get_metrics_data()
    return {
        metric.name: [(point.value, dict(point.attributes)) for point in metric.data.data_points]
        for resource in (data.resource_metrics if data is not None else [])
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }


def test_what_only_a_snapshot_tells_is_not_there_before_one(
    reader: InMemoryMetricReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opentelemetry, "read_figures", lambda _most=0: Figures(5))
    opentelemetry.make_instruments(0, MeterProvider([reader]))
    counters = {"heapdiff.snapshots", "heapdiff.snapshot.failures", "heapdiff.snapshot.pause"}
    assert set(points(reader)) == {"heapdiff.rss", *counters}


@pytest.mark.slow
@pytest.mark.process
def test_the_sdk_reads_what_the_agent_knows(reader: InMemoryMetricReader, make_app: MakeApp) -> None:
    make_app()
    opentelemetry.make_instruments(0, MeterProvider([reader]))
    summary = read_snapshot(heapdiff.snapshot()).summary
    found = points(reader)
    assert found["heapdiff.python.memory"] == [
        (summary.memory.python_object_bytes, {"process.pid": os.getpid()})
    ]
    assert found["heapdiff.python.objects"][0][0] == summary.capture.objects
    assert found["heapdiff.snapshots"][0][0] >= 1
    assert found["heapdiff.rss"][0][0] > 1_000_000


def test_a_holder_that_is_gone_has_no_point(
    reader: InMemoryMetricReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    grown = {"shop.A": 3, "shop.B": 5}
    monkeypatch.setattr(opentelemetry, "read_figures", lambda _most=0: Figures(1, suspects=dict(grown)))
    opentelemetry.make_instruments(5, MeterProvider([reader]))
    named = {
        attributes["heapdiff.holder"]: value
        for value, attributes in points(reader)["heapdiff.suspect.memory"]
    }
    assert named == grown
    del grown["shop.B"]
    [(value, attributes)] = points(reader)["heapdiff.suspect.memory"]
    assert (value, attributes["heapdiff.holder"]) == (3, "shop.A")


def test_a_master_that_serves_nobody_tells_nothing(
    reader: InMemoryMetricReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not installation.is_master()
    monkeypatch.setattr(opentelemetry, "is_master", lambda: True)
    opentelemetry.make_instruments(5, MeterProvider([reader]))
    assert points(reader) == {}


PRELOADED = """
import json, os, signal
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, PeriodicExportingMetricReader
import heapdiff
from heapdiff.flask.metrics import register_opentelemetry
heapdiff.install(dir={directory!r}, signal=None)
assert register_opentelemetry()
out, told = os.pipe()
exporter = ConsoleMetricExporter(out=os.fdopen(told, "w", buffering=1), formatter=lambda data: data.to_json(indent=None) + "\\n")
metrics.set_meter_provider(MeterProvider([PeriodicExportingMetricReader(exporter, export_interval_millis=50)]))
def parse(line):
    return [[metric["name"], point["attributes"]["process.pid"], point["value"]]
        for resource in json.loads(line)["resource_metrics"] for scope in resource["scope_metrics"]
        for metric in scope["metrics"] for point in metric["data"]["data_points"]]
child = os.fork()
if child == 0:
    heapdiff.snapshot()
    signal.pause()
lines = os.fdopen(out)
def first(wanted):
    "The first export in which a process has this instrument."
    for line in lines:
        found = parse(line)
        if wanted in [point[:2] for point in found]:
            return found
"""


@pytest.mark.process
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_instruments_made_before_a_fork_tell_the_childs_own_figures(tmp_path: Path) -> None:
    """The provider, its thread and the instruments are there before the worker is."""
    with Target(PRELOADED.format(directory=str(tmp_path / "snapshots"))) as target:
        child = target.evaluate("child")
        found = target.evaluate(f"first(['heapdiff.python.memory', {child}])")
        assert {pid for _, pid, _ in found} == {child}, "one resource, and the parent's points aren't in it"
        assert [value for name, _, value in found if name == "heapdiff.snapshots"] == [1]
        parent = target.evaluate("first(['heapdiff.snapshots', os.getpid()])")
        assert [value for name, _, value in parent if name == "heapdiff.snapshots"] == [0]
        target.execute("os.kill(child, signal.SIGKILL); os.waitpid(child, 0)")
