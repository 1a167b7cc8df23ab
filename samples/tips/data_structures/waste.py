"""The catalogue as it came out of the JSON: a dict per product, a list of floats per price history, lists for one review."""

from __future__ import annotations

from typing import Any

from flask import Flask, abort, jsonify
from flask.typing import ResponseReturnValue

PRODUCTS = 20_000
DAYS = 90


class Review:
    """What a customer wrote about a product."""

    def __init__(self, product: int, stars: int, author: int) -> None:
        self.product = product
        self.stars = stars
        self.author = author


CATALOGUE: dict[int, dict[str, Any]] = {
    number: {"sku": number, "title": f"Tea no. {number}", "weight": 100 + number, "stock": number % 40}
    for number in range(PRODUCTS)
}
PRICES = {number: [3 + (number * day % 900) / 100 for day in range(DAYS)] for number in range(PRODUCTS // 20)}
REVIEWS = [Review(number % PRODUCTS, number % 5 + 1, number) for number in range(4 * PRODUCTS)]
TAGS: dict[int, dict[str, str]] = {number: {} for number in range(PRODUCTS)}


def create_app() -> Flask:
    app = Flask("shop")

    @app.get("/products/<int:number>")
    def product(number: int) -> ResponseReturnValue:
        found = CATALOGUE.get(number) or abort(404)
        return jsonify(title=found["title"], stock=found["stock"], tags=TAGS[number])

    @app.get("/prices/<int:number>")
    def prices(number: int) -> ResponseReturnValue:
        return jsonify(sum(PRICES[number]) / DAYS)

    @app.get("/reviews/<int:number>")
    def reviews(number: int) -> ResponseReturnValue:
        return jsonify([each.stars for each in REVIEWS if each.product == number])

    return app
