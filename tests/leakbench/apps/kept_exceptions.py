"""Errors are kept for a status page; their tracebacks hold the frames, and those the locals."""

from __future__ import annotations

from flask import Flask

ERRORS: list[PaymentFailed] = []


class PaymentFailed(Exception):
    pass


class Payment:
    def __init__(self, number: int) -> None:
        self.number = number
        self.lines = [f"position {line} of {number}" for line in range(5)]


def pay(number: int) -> str:
    payment = Payment(number)
    if payment.number >= 0:
        raise PaymentFailed(f"no answer from the bank for {number}")
    return "paid"


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/pay/<int:number>")
    def view(number: int) -> str:
        try:
            return pay(number)
        except PaymentFailed as error:
            ERRORS.append(error)
            return str(error)

    return app
