"""`python -m tests.servers.telemetry`: a preloading gunicorn sends heapdiff's figures over OTLP/HTTP, and a receiver reads them.

The application makes its OpenTelemetry provider as it's loaded, in gunicorn's master, before the workers are forked. The SDK, its
OTLP exporter and the protocol are real; the receiver is this program's own, of the protocol's published messages. Every worker's
figures must arrive, under its own PID, as /proc and its snapshots say; the master's and those of a killed worker must not.
"""

from __future__ import annotations

import json
import os
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)

from heapdiff.agent.system.procfs import read_resident_bytes
from tests.flask.gunicorn import BOOTING, Gunicorn
from tests.processes import children_of
from tests.servers.running import wait_for

WORKERS = 2
EVERY_MS = 200
CLOSE = 0.05
RSS, PYTHON, TAKEN, PAUSE = (
    "heapdiff.rss", "heapdiff.python.memory", "heapdiff.snapshots", "heapdiff.snapshot.pause",
)  # fmt: skip

SHOP = f"""
import os
from flask import Flask, jsonify
from opentelemetry import metrics
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from heapdiff.flask import HeapDiff
def make():
    app = Flask("shop")
    HeapDiff(app)
    reader = PeriodicExportingMetricReader(OTLPMetricExporter(), export_interval_millis={EVERY_MS})
    metrics.set_meter_provider(MeterProvider([reader]))
    app.add_url_rule("/", "index", lambda: jsonify(pid=os.getpid(), parent=os.getppid()))
    return app
"""


class Receiver:
    """What arrived: by instrument and PID, how often and with which value last."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.last: dict[tuple[str, int], float] = {}
        self.at: dict[int, float] = {}
        self.kinds: dict[str, str] = {}

    def read(self, payload: bytes) -> None:
        request = ExportMetricsServiceRequest.FromString(payload)
        scopes = [scope for resource in request.resource_metrics for scope in resource.scope_metrics]
        for metric in (metric for scope in scopes for metric in scope.metrics):
            kind = metric.WhichOneof("data")
            for point in getattr(metric, kind).data_points:
                pid = next(each.value.int_value for each in point.attributes if each.key == "process.pid")
                with self.lock:
                    self.kinds[metric.name] = kind
                    self.last[metric.name, pid] = getattr(point, point.WhichOneof("value"))
                    self.at[pid] = time.monotonic()

    def by_pid(self, name: str) -> dict[int, float]:
        with self.lock:
            return {pid: value for (known, pid), value in self.last.items() if known == name}

    def pids(self) -> set[int]:
        with self.lock:
            return set(self.at)

    def pids_since(self, moment: float) -> set[int]:
        with self.lock:
            return {pid for pid, at in self.at.items() if at > moment}


@contextmanager
def receiver() -> Iterator[tuple[Receiver, int]]:
    received = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.read(self.rfile.read(int(self.headers["Content-Length"])))
            answer = ExportMetricsServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_arguments: Any) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield received, server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def started(server: Gunicorn) -> list[int]:
    return [int(pid) for pid in BOOTING.findall(server.log.read_text())]


def check(server: Gunicorn, received: Receiver) -> None:
    workers = set(server.workers(WORKERS))
    wait_for(lambda: set(received.by_pid(TAKEN)), lambda pids: pids == workers)
    for pid, value in received.by_pid(RSS).items():
        now = read_resident_bytes(pid)
        assert now is not None
        assert abs(value - now) < CLOSE * now, (pid, value, now)
    assert not received.by_pid(PYTHON), "before the first snapshot"

    chosen, other = sorted(workers)
    server.wait_until_armed(chosen)
    summary = server.snapshot(chosen)
    wait_for(lambda: received.by_pid(TAKEN), lambda taken: taken == {chosen: 1, other: 0})
    wait_for(lambda: received.by_pid(PYTHON), lambda found: set(found) == {chosen})
    assert received.by_pid(PYTHON) == {chosen: summary["memory"]["python_object_bytes"]}
    paused = received.by_pid(PAUSE)[chosen] * 1000
    assert abs(paused - summary["capture"]["pause_ms"]) < 0.01, (paused, summary["capture"])
    assert received.kinds[RSS] == "gauge"
    assert received.kinds[TAKEN] == "sum"
    assert server.process.pid not in received.pids(), "the master serves nobody"
    print(f"{WORKERS} preloaded workers: each under its own PID, and nothing of the master")

    os.kill(chosen, signal.SIGKILL)
    wait_for(lambda: set(started(server)) - workers, bool)
    [new] = set(started(server)) - workers
    ended = time.monotonic()
    wait_for(lambda: received.pids_since(ended), lambda pids: pids == {other, new})
    assert received.by_pid(TAKEN)[new] == 0, "what its predecessor took isn't its own"
    assert set(children_of(server.process.pid)) == {other, new}
    print("after one was killed: its successor's figures arrive, and no more of its own")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="heapdiff-telemetry-") as folder, receiver() as (received, port):
        server = Gunicorn(
            Path(folder),
            "--preload",
            workers=WORKERS,
            shop=SHOP,
            HEAPDIFF_METRICS="opentelemetry",
            OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=f"http://127.0.0.1:{port}/v1/metrics",
        )
        with server:
            check(server, received)
        assert "Traceback" not in server.log.read_text(), server.log.read_text()
    print(json.dumps({name: received.kinds[name] for name in sorted(received.kinds)}))


if __name__ == "__main__":
    main()
