"""vectorize-io/hindsight#850: the user's name is an attribute of a metric, which has a series for each value."""

from flask import Flask
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

PROVIDER = MeterProvider([InMemoryMetricReader()])
DURATION = PROVIDER.get_meter("shop").create_histogram("duration")


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/users/<int:number>")
    def user(number: int) -> str:
        DURATION.record(0.1, {"user": f"user-{number}", "view": "user"})
        return "seen"

    return app
