"""A ring of 500 places, empty at first, with the latest measurements."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask


@dataclass(slots=True)
class Measurement:
    """One request, as it was measured."""

    number: int
    seconds: float


class Ring:
    def __init__(self, places: int) -> None:
        self.places: list[Measurement | None] = [None] * places

    def add(self, measurement: Measurement) -> None:
        self.places[measurement.number % len(self.places)] = measurement


LATEST = Ring(500)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/step/<int:number>")
    def step(number: int) -> str:
        LATEST.add(Measurement(number, number / 1000))
        return "measured"

    return app
