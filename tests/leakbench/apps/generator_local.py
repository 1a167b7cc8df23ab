"""One generator takes measurements for ever, and keeps them all in a local list."""

from __future__ import annotations

from collections.abc import Generator
from threading import Lock

from flask import Flask

LOCK = Lock()


class Measurement:
    def __init__(self, value: int) -> None:
        self.value = value


def average() -> Generator[float, int, None]:
    seen: list[Measurement] = []
    value = 0.0
    while True:
        seen.append(Measurement((yield value)))
        value = sum(measurement.value for measurement in seen) / len(seen)


AVERAGE = average()
next(AVERAGE)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/measure/<int:value>")
    def measure(value: int) -> dict[str, float]:
        with LOCK:
            return {"average": AVERAGE.send(value)}

    return app
