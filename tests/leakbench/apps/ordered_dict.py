"""Carts are moved to the end when they are used, as in an LRU cache, but the oldest are never dropped."""

from __future__ import annotations

from collections import OrderedDict

from flask import Flask

CARTS: OrderedDict[str, Cart] = OrderedDict()
CATALOGUE = OrderedDict((f"article-{n}", n * 100) for n in range(30))


class Cart:
    def __init__(self) -> None:
        self.prices: dict[str, int] = {}


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/cart/<visitor>/add/<int:number>")
    def add(visitor: str, number: int) -> dict[str, int]:
        cart = CARTS.setdefault(visitor, Cart())
        CARTS.move_to_end(visitor)
        article = f"article-{number % 30}"
        cart.prices[article] = CATALOGUE[article]
        return cart.prices

    return app
