"""Leaks: one receiver per order, connected strongly to the shop's own signal."""

from collections.abc import Callable

from blinker import Namespace
from flask import Flask

signals = Namespace()
order_paid = signals.signal("order-paid")
order_seen = signals.signal("order-seen")
SEEN: dict[str, int] = {"orders": 0}


def count_order(_sender: object) -> None:
    SEEN["orders"] += 1


order_seen.connect(count_order)


def make_mailer(order: int) -> Callable[..., str]:
    def mail_receipt(_sender: object, **_extra: object) -> str:
        return f"receipt for {order}"

    return mail_receipt


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/orders/<int:order>")
    def place(order: int) -> dict[str, int]:
        order_seen.send(app)
        order_paid.connect(make_mailer(order), weak=False)
        return {"order": order}

    return app
