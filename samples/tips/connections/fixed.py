"""A connection that ends with its request, a log that is closed when it's written, and one client for all calls."""

from __future__ import annotations

import os
import sqlite3
import ssl

from flask import Flask, g, jsonify
from flask.typing import ResponseReturnValue


class Supplier:
    """Knows how to ask a supplier for its stock."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.tls = ssl.create_default_context()

    def ask(self, product: int) -> int:
        return product % 40  # over TLS, in a real shop


SUPPLIER = Supplier("tea.example")


def connect() -> sqlite3.Connection:
    if "connection" not in g:
        g.connection = sqlite3.connect(":memory:")
        g.connection.execute("create table orders (number integer, status text)")
    connection: sqlite3.Connection = g.connection
    return connection


def create_app() -> Flask:
    app = Flask("shop")

    @app.teardown_appcontext
    def close_connection(_error: BaseException | None) -> None:
        if "connection" in g:
            g.pop("connection").close()

    @app.get("/orders/<int:number>")
    def order(number: int) -> ResponseReturnValue:
        rows = connect().execute("select status from orders where number = ?", (number,)).fetchall()
        with open(os.devnull, "a") as log:
            print("order", number, file=log)
        return jsonify(rows)

    @app.get("/stock/<int:product>")
    def stock(product: int) -> ResponseReturnValue:
        return jsonify(SUPPLIER.ask(product))

    return app
