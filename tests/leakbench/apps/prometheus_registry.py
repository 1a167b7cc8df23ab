"""Leaks: a gauge of its own for each batch, registered with the shop's registry under a new name."""

from flask import Flask
from prometheus_client import CollectorRegistry, Gauge

METRICS = CollectorRegistry()
RUNNING = Gauge("shop_batches_running", "Batches that run now", registry=METRICS)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/batches/<int:batch>")
    def run_batch(batch: int) -> dict[str, int]:
        with RUNNING.track_inprogress():
            rows = Gauge(f"shop_batch_{batch}_rows", "Rows of one batch", registry=METRICS)
            rows.set(batch % 100)
        return {"batch": batch}

    return app
