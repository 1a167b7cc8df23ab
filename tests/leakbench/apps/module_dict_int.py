"""Orders stay in memory by number after they were confirmed."""

from __future__ import annotations

from decimal import Decimal

from flask import Flask

ORDERS: dict[int, Order] = {}
VAT = {"food": Decimal("0.07"), "other": Decimal("0.19")}


class Order:
    def __init__(self, number: int, net: Decimal) -> None:
        self.number = number
        self.total = net * (1 + VAT["other"])


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/orders/<int:number>")
    def confirm(number: int) -> dict[str, str]:
        order = Order(100_000 + number, Decimal(number))
        ORDERS[order.number] = order
        return {"total": str(order.total)}

    return app
