"""Prices are cached by what decides them, up to a bound; totals on the basket itself; pages where all workers find them."""

from __future__ import annotations

import functools
import itertools

import cachetools
from flask import Flask, render_template_string
from flask_caching import Cache

LINES = 40
PAGE = "<h1>{{ title }}</h1>{% for row in rows %}<p>Tea no. {{ row.sku }}, {{ row.price }}</p>{% endfor %}{{ total }} {{ more }}"
pages = Cache()
visitors = itertools.count()


@cachetools.cached(cachetools.LRUCache(maxsize=1024))
def price_of(sku: int) -> dict[str, float]:
    return {"sku": sku, "price": 3 + sku % 90 / 10}


def recommend(visitor: int) -> list[str]:
    return [f"Tea no. {sku} for visitor {visitor}" for sku in range(LINES)]


class Basket:
    """What a visitor is about to buy; gone after the request."""

    def __init__(self, skus: range) -> None:
        self.rows = [dict(price_of(sku)) for sku in skus]

    @functools.cached_property
    def total(self) -> str:
        return f"{sum(row['price'] for row in self.rows):.2f} EUR"


def create_app() -> Flask:
    app = Flask("shop")
    # For the workers of one machine, in a folder that only they can write to; for more machines it's Redis.
    pages.init_app(app, {"CACHE_TYPE": "FileSystemCache", "CACHE_DIR": f"{app.instance_path}/pages"})

    @app.get("/categories/<int:number>")
    def category(number: int) -> str:
        visitor, skus = next(visitors), range(LINES * number, LINES * (number + 1))
        rows = [price_of(sku) | {"discount": visitor % 5} for sku in skus]
        total = Basket(skus).total
        page = render_template_string(PAGE, title=number, rows=rows, total=total, more=recommend(visitor))
        pages.set(str(number), page, timeout=1)
        return page

    return app
