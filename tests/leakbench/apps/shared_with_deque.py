"""All orders in a list, and the latest of them in a deque with a greatest length, too."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from flask import Flask


@dataclass
class Order:
    """What somebody bought."""

    number: int
    lines: list[str]


RECENT: deque[Order] = deque(maxlen=1000)
ORDERS: list[Order] = []


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/buy/<int:number>")
    def buy(number: int) -> str:
        order = Order(number, [f"shirt {number}", "socks"])
        RECENT.append(order)
        ORDERS.append(order)
        return str(len(RECENT))

    return app
