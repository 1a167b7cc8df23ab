"""Leaks: a view connects a strong receiver to Flask's own signal, for each request."""

from typing import Any

from flask import Flask
from flask.signals import request_started

HITS: dict[str, int] = {}


class Tracer:
    """Notes what one request did."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.lines = [f"request {number}"]

    def note(self, _sender: Flask, **_extra: Any) -> None:
        HITS["traced"] = HITS.get("traced", 0) + 1


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/trace/<int:number>")
    def trace(number: int) -> dict[str, int]:
        request_started.connect(Tracer(number).note, weak=False)
        return dict(HITS)

    return app
