"""Each worker loads the catalogue for itself, keeps every receipt, and runs until the kernel kills it."""

from __future__ import annotations

from flask import Flask

CATALOGUE = [{"id": number, "name": f"product {number}", "cents": 100 + number} for number in range(150_000)]
RECEIPTS: list[bytes] = []


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/buy/<int:number>")
    def buy(number: int) -> str:
        product = CATALOGUE[number % len(CATALOGUE)]
        RECEIPTS.append(f"{product['name']}: {product['cents']} cents".encode() * 500)
        return "bought"

    return app
