"""Each job watches the broker with a weak reference and a callback; the broker lives, and so do they all."""

from __future__ import annotations

import weakref

from flask import Flask


class Broker:
    url = "amqp://localhost"


class Restart:
    def __init__(self, number: int) -> None:
        self.reason = f"job {number} lost its broker"

    def __call__(self, _: weakref.ref[Broker]) -> None:
        print(self.reason, end="")


BROKER = Broker()
WATCHES: list[weakref.ref[Broker]] = []


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/jobs/<int:number>")
    def run(number: int) -> dict[str, object]:
        WATCHES.append(weakref.ref(BROKER, Restart(number)))
        return {"job": number, "broker": BROKER.url}

    return app
