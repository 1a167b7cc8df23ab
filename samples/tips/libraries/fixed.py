"""The standard library for the same average."""

from __future__ import annotations

from statistics import fmean

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue


def ratings_of(product: int) -> list[int]:
    """As a query would return them."""
    return [(product * number) % 5 + 1 for number in range(64)]


def create_app() -> Flask:
    app = Flask("shop")

    @app.get("/ratings/<int:product>")
    def rating(product: int) -> ResponseReturnValue:
        return jsonify(fmean(ratings_of(product)))

    return app
