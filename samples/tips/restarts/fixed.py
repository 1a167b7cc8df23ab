"""The same shop under the gunicorn_fixed.py beside it: loaded once and frozen, restarted in time; and the leak is fixed."""

from __future__ import annotations

from collections import deque

from flask import Flask

CATALOGUE = [{"id": number, "name": f"product {number}", "cents": 100 + number} for number in range(150_000)]
RECEIPTS: deque[bytes] = deque(maxlen=100)  # those that are not printed yet


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/buy/<int:number>")
    def buy(number: int) -> str:
        product = CATALOGUE[number % len(CATALOGUE)]
        RECEIPTS.append(f"{product['name']}: {product['cents']} cents".encode() * 500)
        return "bought"

    return app
