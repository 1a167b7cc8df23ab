"""Leaks: the visitor is an attribute of a counter of OpenTelemetry, so each is a series for ever."""

from flask import Flask
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

READER = InMemoryMetricReader()
VISITS = MeterProvider(metric_readers=[READER]).get_meter("shop").create_counter("visits")


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/visitors/<int:visitor>/start")
    def start(visitor: int) -> dict[str, int]:
        VISITS.add(1, {"visitor": visitor, "plan": "free" if visitor % 3 else "paid"})
        return {"visitor": visitor}

    return app
