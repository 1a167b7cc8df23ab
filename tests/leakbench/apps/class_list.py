"""Each shipment is appended to a list of its class."""

from __future__ import annotations

from typing import ClassVar

from flask import Flask


class Shipment:
    everything: ClassVar[list[Shipment]] = []
    carriers: ClassVar[tuple[str, ...]] = ("post", "bike", "van")

    def __init__(self, number: int) -> None:
        self.number = number
        self.carrier = self.carriers[number % 3]
        self.everything.append(self)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/ship/<int:number>")
    def ship(number: int) -> dict[str, str]:
        return {"carrier": Shipment(number).carrier}

    return app
