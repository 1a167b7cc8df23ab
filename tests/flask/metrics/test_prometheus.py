"""A registry that answers for one process: what it says is what the agent knows, at the moment of the scrape."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import prometheus_client
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

import heapdiff
from heapdiff.agent.system.procfs import read_resident_bytes
from heapdiff.flask.metrics import figures, register_opentelemetry, register_prometheus, switching
from heapdiff.flask.metrics.figures import Figures
from heapdiff.flask.metrics.prometheus import FiguresCollector
from heapdiff.snapshot import read_snapshot
from tests.agent.target import Target
from tests.flask.conftest import MakeApp
from tests.flask.gunicorn import ROOT

ALWAYS = {
    "heapdiff_rss_bytes",
    "heapdiff_snapshots_total",
    "heapdiff_snapshot_failures_total",
    "heapdiff_snapshot_pause_seconds_total",
}


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A default registry and switches of the test's own."""
    monkeypatch.delenv("PROMETHEUS_MULTIPROC_DIR", raising=False)
    monkeypatch.setattr(prometheus_client, "REGISTRY", CollectorRegistry(auto_describe=True))
    monkeypatch.setattr(switching, "_has_instruments", False)
    yield
    switching._registries.clear()


def scrape(registry: CollectorRegistry) -> dict[str, float]:
    """As Prometheus reads it: each sample's value by its name and labels."""
    text = prometheus_client.generate_latest(registry).decode()
    return {
        sample.name + "".join(f"|{value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.startswith("heapdiff_") and not sample.name.endswith("_created")
    }


def test_the_app_config_switches_it_on(make_app: MakeApp) -> None:
    make_app(HEAPDIFF_METRICS="prometheus")
    found = scrape(prometheus_client.REGISTRY)
    assert set(found) >= ALWAYS
    assert found["heapdiff_rss_bytes"] == pytest.approx(read_resident_bytes(), rel=0.2)


def test_what_only_a_snapshot_tells_is_not_there_before_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heapdiff.flask.metrics.prometheus.read_figures", lambda _most: Figures(5))
    registry = CollectorRegistry()
    register_prometheus(registry)
    assert set(scrape(registry)) == ALWAYS


@pytest.mark.slow
@pytest.mark.process
def test_after_a_snapshot_its_own_figures_are_told(make_app: MakeApp) -> None:
    make_app(HEAPDIFF_METRICS="prometheus")
    before = scrape(prometheus_client.REGISTRY)
    summary = read_snapshot(heapdiff.snapshot()).summary
    found = scrape(prometheus_client.REGISTRY)
    assert found["heapdiff_python_bytes"] == summary.memory.python_object_bytes
    assert found["heapdiff_python_objects"] == summary.capture.objects
    paused = "heapdiff_snapshot_pause_seconds_total"
    assert found[paused] - before[paused] == pytest.approx(summary.capture.pause_ms / 1000, abs=1e-5)
    assert found["heapdiff_snapshots_total"] - before["heapdiff_snapshots_total"] == 1
    assert found["heapdiff_snapshot_failures_total"] == before["heapdiff_snapshot_failures_total"]


def test_holders_are_told_by_name_and_those_that_are_gone_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    found: dict[str, int] = {'shop["a"]\\': 5, "shop.B": 7, "shop.C": 1}
    monkeypatch.setattr(
        "heapdiff.flask.metrics.prometheus.read_figures", lambda _most: Figures(1, suspects=dict(found))
    )
    registry = CollectorRegistry()
    register_prometheus(registry, suspects=2)
    assert scrape(registry)["heapdiff_suspect_bytes|shop.B"] == 7
    assert scrape(registry)["heapdiff_suspect_bytes|(others)"] == 6
    del found["shop.B"], found["shop.C"]
    named = {name for name in scrape(registry) if "suspect" in name}
    assert named == {'heapdiff_suspect_bytes|shop["a"]\\'}


def test_a_registry_of_ones_own_gets_them_once(caplog: pytest.LogCaptureFixture) -> None:
    registry = CollectorRegistry(auto_describe=True)
    assert register_prometheus(registry)
    assert register_prometheus(registry)
    assert set(scrape(registry)) >= ALWAYS
    assert caplog.text == ""


def test_a_process_without_an_agent_still_has_its_memory() -> None:
    registry = CollectorRegistry()
    register_prometheus(registry)
    assert scrape(registry)["heapdiff_rss_bytes"] > 0
    assert figures.read_figures().snapshots == 0


def test_a_scrape_never_fails_because_of_heapdiff(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(figures, "own_agent", fail)
    registry = CollectorRegistry()
    register_prometheus(registry)
    assert "heapdiff_rss_bytes" not in scrape(registry)


def test_the_alert_rules_use_only_metrics_that_exist() -> None:
    rules = (ROOT / "samples" / "prometheus" / "heapdiff.rules.yml").read_text()
    names = {metric.name for metric in FiguresCollector(1).describe()}
    known = names | {f"{name}_total" for name in names}
    used = set(re.findall(r"\bheapdiff_\w+", rules))
    assert used
    assert used <= known


@pytest.mark.process
def test_neither_package_is_imported_unless_somebody_asks(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom flask import Flask\nfrom heapdiff.flask import HeapDiff\n"
        f"app = Flask('shop')\napp.config['HEAPDIFF_DIR'] = {str(tmp_path / 'snapshots')!r}\nHeapDiff(app)"
    )
    packages = "sorted({'prometheus_client', 'opentelemetry', 'heapdiff.flask.metrics'} & set(sys.modules))"
    with Target(code, HEAPDIFF_METRICS="") as target:
        assert target.evaluate(packages) == []


def test_nothing_is_registered_unless_somebody_asks(make_app: MakeApp) -> None:
    app = make_app()
    assert scrape(prometheus_client.REGISTRY) == {}
    assert len(app.before_request_funcs[None]) == 1
    assert len(make_app(HEAPDIFF_METRICS="prometheus").before_request_funcs[None]) == 1, "no request pays"


@pytest.mark.parametrize(("name", "package"), [("prometheus", "prometheus_client"), ("opentelemetry",) * 2])
def test_a_missing_package_is_one_line_and_the_app_starts(
    name: str,
    package: str,
    make_app: MakeApp,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for module in [each for each in sys.modules if each.split(".")[0] == package]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.delitem(sys.modules, f"heapdiff.flask.metrics.{name}", raising=False)
    monkeypatch.setitem(sys.modules, package, None)
    app = make_app(HEAPDIFF_METRICS=name)
    assert caplog.messages == [f"heapdiff: no metrics for {name}: pip install 'heapdiff[{name}]'"]
    assert app.test_client().get("/").status_code == 200
    assert not (register_prometheus() if name == "prometheus" else register_opentelemetry())


def test_where_workers_share_files_no_registry_is_used(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "/nowhere")
    registry = CollectorRegistry()
    assert not register_prometheus(registry)
    assert scrape(registry) == {}
    assert "HEAPDIFF_METRICS=prometheus" in caplog.text
