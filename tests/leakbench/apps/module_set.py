"""Deliveries of a webhook are remembered for ever, to answer each only once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from flask import Flask

SEEN: set[Delivery] = set()


@dataclass(frozen=True)
class Delivery:
    sender: str
    number: int


@lru_cache(maxsize=16)
def label(sender: str) -> str:
    return sender.title()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/hooks/<sender>/<int:number>")
    def receive(sender: str, number: int) -> dict[str, object]:
        delivery = Delivery(sender, number)
        known = delivery in SEEN
        SEEN.add(delivery)
        return {"from": label(sender), "duplicate": known}

    return app
