"""Prices are cached for each visitor for ever, totals on the method of each basket, and pages in each worker's own memory."""

from __future__ import annotations

import functools
import itertools

from flask import Flask, render_template_string
from flask_caching import Cache

LINES = 40
PAGE = "<h1>{{ title }}</h1>{% for row in rows %}<p>Tea no. {{ row.sku }}, {{ row.price }}</p>{% endfor %}{{ total }} {{ more }}"

pages = Cache(config={"CACHE_TYPE": "SimpleCache", "CACHE_THRESHOLD": 5000})
visitors = itertools.count()


@functools.cache
def price_for(sku: int, visitor: int) -> dict[str, float]:
    """Asked for twice on a page, and never again: no visitor comes back."""
    return {"sku": sku, "price": 3 + sku % 90 / 10, "discount": visitor % 5}


@functools.lru_cache(maxsize=5000)
def recommend(visitor: int) -> list[str]:
    """Asked for once on a page, and so never found in the cache."""
    return [f"Tea no. {sku} for visitor {visitor}" for sku in range(LINES)]


class Basket:
    """What a visitor is about to buy; gone after the request, were it not for the cache."""

    def __init__(self, skus: range, visitor: int) -> None:
        self.rows = [dict(price_for(sku, visitor)) for sku in skus]

    @functools.lru_cache(maxsize=10_000)  # noqa: B019
    def total(self, currency: str) -> str:
        return f"{sum(row['price'] for row in self.rows):.2f} {currency}"


def create_app() -> Flask:
    app = Flask("shop")
    pages.init_app(app)

    @app.get("/categories/<int:number>")
    def category(number: int) -> str:
        visitor, skus = next(visitors), range(LINES * number, LINES * (number + 1))
        rows = [price_for(sku, visitor) for sku in skus]
        total = Basket(skus, visitor).total("EUR")
        page = render_template_string(PAGE, title=number, rows=rows, total=total, more=recommend(visitor))
        pages.set(f"{number} for {visitor}", page, timeout=1)
        return page

    return app
