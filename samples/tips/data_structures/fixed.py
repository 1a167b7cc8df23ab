"""The same catalogue in classes with slots, arrays, and None where there is nothing."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from flask import Flask, abort, jsonify
from flask.typing import ResponseReturnValue

PRODUCTS = 20_000
DAYS = 90


@dataclass(slots=True)
class Product:
    """What the shop sells."""

    sku: int
    title: str
    weight: int
    stock: int


class Review:
    """What a customer wrote about a product."""

    __slots__ = ("author", "product", "stars")

    def __init__(self, product: int, stars: int, author: int) -> None:
        self.product = product
        self.stars = stars
        self.author = author


CATALOGUE = {
    number: Product(number, f"Tea no. {number}", 100 + number, number % 40) for number in range(PRODUCTS)
}
PRICES = {
    number: array("d", (3 + (number * day % 900) / 100 for day in range(DAYS)))
    for number in range(PRODUCTS // 20)
}
REVIEWS = [Review(number % PRODUCTS, number % 5 + 1, number) for number in range(4 * PRODUCTS)]
TAGS: dict[int, dict[str, str]] = {}  # only of products that have one


def create_app() -> Flask:
    app = Flask("shop")

    @app.get("/products/<int:number>")
    def product(number: int) -> ResponseReturnValue:
        found = CATALOGUE.get(number) or abort(404)
        return jsonify(title=found.title, stock=found.stock, tags=TAGS.get(number) or {})

    @app.get("/prices/<int:number>")
    def prices(number: int) -> ResponseReturnValue:
        return jsonify(sum(PRICES[number]) / DAYS)

    @app.get("/reviews/<int:number>")
    def reviews(number: int) -> ResponseReturnValue:
        return jsonify([each.stars for each in REVIEWS if each.product == number])

    return app
