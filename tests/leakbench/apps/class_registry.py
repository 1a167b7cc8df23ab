"""A base class registers every instance of its subclasses by key."""

from __future__ import annotations

from typing import ClassVar

from flask import Flask


class Model:
    _instances: ClassVar[dict[str, Model]] = {}

    def __init__(self, key: str) -> None:
        self.key = key
        Model._instances[f"{type(self).__name__}:{key}"] = self


class Customer(Model):
    pass


class Invoice(Model):
    def __init__(self, key: str, customer: Customer) -> None:
        super().__init__(key)
        self.customer = customer


REGULAR = Customer("regular")


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/invoices/<key>")
    def invoice(key: str) -> str:
        return f"{key} for {Invoice(key, REGULAR).customer.key}"

    return app
