"""Customers stand in a dict by number and in an index by address; neither forgets."""

from __future__ import annotations

from flask import Flask

BY_NUMBER: dict[int, Customer] = {}
BY_ADDRESS: dict[str, Customer] = {}


class Customer:
    def __init__(self, number: int, address: str) -> None:
        self.number = number
        self.address = address


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/register/<int:number>")
    def register(number: int) -> dict[str, str]:
        customer = Customer(70_000 + number, f"customer{number}@example.org")
        BY_NUMBER[customer.number] = BY_ADDRESS[customer.address] = customer
        return {"registered": customer.address}

    return app
