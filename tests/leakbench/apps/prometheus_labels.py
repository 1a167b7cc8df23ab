"""Leaks: the user's id is a label of a counter, so each user is a time series for ever."""

from flask import Flask
from prometheus_client import Counter, generate_latest

PAGE_VIEWS = Counter("shop_page_views", "Pages seen", ["user"])
ERRORS = Counter("shop_errors", "Answers that were errors", ["status"])


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/users/<int:user>")
    def show_user(user: int) -> dict[str, int]:
        PAGE_VIEWS.labels(user=str(user)).inc()
        ERRORS.labels(status=str(500 + user % 5)).inc()
        return {"user": user}

    @app.get("/metrics")
    def metrics() -> bytes:
        return generate_latest()

    return app
