"""A catalogue is loaded and frozen before requests come (benoitc/gunicorn#1640); then it is read.

A tenth of it is replaced again and again, so that frozen objects die.
"""

from __future__ import annotations

import gc
from dataclasses import dataclass, field

from flask import Flask


@dataclass
class Product:
    """Knows its neighbours, which are never replaced."""

    name: str
    prices: list[int]
    neighbours: list[Product] = field(default_factory=list)


CATALOGUE: dict[int, Product] = {}


def load() -> None:
    for number in range(20_000):
        CATALOGUE[number] = Product(f"product {number}", [number, number * 2])
    for number, product in CATALOGUE.items():
        product.neighbours.append(CATALOGUE[10_000 + number // 2])


def create_app() -> Flask:
    app = Flask(__name__)
    load()
    gc.collect()
    gc.freeze()

    @app.get("/product/<int:number>")
    def show(number: int) -> str:
        key = number % 2_000
        CATALOGUE[key] = Product(f"product {key} of {number}", [number, key], [CATALOGUE[19_999 - key]])
        return CATALOGUE[key].neighbours[0].name

    return app
