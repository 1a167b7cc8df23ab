"""A leak that nobody sees until the worker is killed, and then nothing of it is left to look at."""

from __future__ import annotations

from flask import Flask

BASKETS: dict[str, list[int]] = {}


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/add/<basket>/<int:number>")
    def add(basket: str, number: int) -> str:
        BASKETS.setdefault(basket, []).append(number)
        return "added"

    return app
