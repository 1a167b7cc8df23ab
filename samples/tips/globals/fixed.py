"""Orders are read when they're asked for, a thousand are kept, and each search has a list of its own."""

from __future__ import annotations

from functools import lru_cache

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue


@lru_cache(maxsize=1_000)
def read_order(number: int) -> tuple[int, str, float]:
    """As a query would return it."""
    return number, f"customer{number % 977}@example.com, order of {number % 7 + 1} teas", number % 9999 / 100


def search(word: str, found: list[str] | None = None) -> list[str]:
    """The newest hits."""
    if found is None:
        found = []
    found.extend(f"{word} no. {number} in the catalogue" for number in range(200))
    return found[-200:]


def create_app() -> Flask:
    app = Flask("shop")

    @app.get("/orders/<int:number>")
    def order(number: int) -> ResponseReturnValue:
        return jsonify(read_order(number))

    @app.get("/search/<word>")
    def find(word: str) -> ResponseReturnValue:
        return jsonify(search(word))

    return app
