"""All orders in a global, and a default argument that collects."""

from __future__ import annotations

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

ORDERS_IN_DATABASE = 40_000


def read_order(number: int) -> tuple[int, str, float]:
    """As a query would return it."""
    return number, f"customer{number % 977}@example.com, order of {number % 7 + 1} teas", number % 9999 / 100


ORDERS = {number: read_order(number) for number in range(ORDERS_IN_DATABASE)}


def search(word: str, found: list[str] = []) -> list[str]:  # noqa: B006  that's the waste
    """The newest hits."""
    found.extend(f"{word} no. {number} in the catalogue" for number in range(200))
    return found[-200:]


def create_app() -> Flask:
    app = Flask("shop")

    @app.get("/orders/<int:number>")
    def order(number: int) -> ResponseReturnValue:
        return jsonify(ORDERS[number])

    @app.get("/search/<word>")
    def find(word: str) -> ResponseReturnValue:
        return jsonify(search(word))

    return app
