"""Programs that start another one under a monitoring agent, each with a sitecustomize of its own: both agents are at work."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Final

import pytest

import heapdiff
from tests.cli.command import START
from tests.servers.cases import Case, gunicorn
from tests.servers.load import Load
from tests.servers.proof import by_signal
from tests.servers.running import Running
from tests.servers.test_culprits import EVERY, around_requests, who_grew

NOWHERE: Final = "http://127.0.0.1:9"  # what they want to tell gets lost
WRAPPERS: Final = {
    "ddtrace": ("{bin}/ddtrace-run",),
    "newrelic": ("{bin}/newrelic-admin", "run-program"),
    "opentelemetry": ("{bin}/opentelemetry-instrument",),
    "elasticapm": ("{bin}/elasticapm-run",),
}
SETTINGS: Final = {
    "DD_TRACE_AGENT_URL": NOWHERE,
    "NEW_RELIC_APP_NAME": "shop",
    "NEW_RELIC_DEVELOPER_MODE": "true",
    "OTEL_EXPORTER_OTLP_ENDPOINT": NOWHERE,
    "OTEL_METRICS_EXPORTER": "none",
    "OTEL_TRACES_EXPORTER": "console",
    "ELASTIC_APM_SERVER_URL": NOWHERE,
}
RUN: Final = ("{python}", "-c", START, "run", "--")


@pytest.mark.every_server
@pytest.mark.timeout(200)
@pytest.mark.parametrize("first", ["heapdiff", "wrapper"])
@pytest.mark.parametrize("package", WRAPPERS)
def test_a_monitoring_agent_s_wrapper_and_ours_go_together(package: str, first: str, tmp_path: Path) -> None:
    wrapper = WRAPPERS[package]
    assert Path(wrapper[0].format(bin=Path(sys.executable).parent)).exists(), f"not installed here: {package}"
    served = gunicorn("--threads", "4")
    command = (*wrapper, *served) if first == "heapdiff" else (*wrapper, *RUN, *served)
    more = {**EVERY, **SETTINGS, "HEAPDIFF_DIR": str(tmp_path / "snapshots")}
    with (
        Running(Case(package, command), tmp_path, first == "heapdiff", more) as server,
        Load(server.port) as load,
    ):
        before, after, answered = around_requests(load, partial(by_signal, server))
    assert load.failures == []
    summary = heapdiff.load(after).summary
    assert any(each.type.startswith(f"{package}.") for each in summary.types)
    assert summary.process.requests is not None
    assert summary.process.requests >= answered
    assert who_grew(before, after, "shop.SESSIONS") == ("shop.py:create_app.<locals>.index", "view index")
