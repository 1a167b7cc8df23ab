"""A connection per visitor, a log file per order, and a client per call to the supplier; all are remembered, none is closed."""

from __future__ import annotations

import os
import sqlite3
import ssl
from typing import TextIO

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

CONNECTIONS: dict[int, sqlite3.Connection] = {}
LOGS: list[TextIO] = []
CALLS: list[Supplier] = []


class Supplier:
    """Knows how to ask a supplier for its stock."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.tls = ssl.create_default_context()

    def ask(self, product: int) -> int:
        return product % 40  # over TLS, in a real shop


def connect() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.execute("create table orders (number integer, status text)")
    CONNECTIONS[id(connection)] = connection
    return connection


def create_app() -> Flask:
    app = Flask("shop")

    @app.get("/orders/<int:number>")
    def order(number: int) -> ResponseReturnValue:
        rows = connect().execute("select status from orders where number = ?", (number,)).fetchall()
        log = open(os.devnull, "a")  # noqa: SIM115
        print("order", number, file=log)
        LOGS.append(log)
        return jsonify(rows)

    @app.get("/stock/<int:product>")
    def stock(product: int) -> ResponseReturnValue:
        supplier = Supplier("tea.example")
        CALLS.append(supplier)
        return jsonify(supplier.ask(product))

    return app
