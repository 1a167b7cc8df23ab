"""Leaks: an in-memory database per request, put aside for debugging and never closed."""

import sqlite3

from flask import Flask

CONNECTIONS: list[sqlite3.Connection] = []


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/calculate/<int:number>")
    def calculate(number: int) -> dict[str, int]:
        connection = sqlite3.connect(":memory:", check_same_thread=False)
        CONNECTIONS.append(connection)
        (answer,) = connection.execute("select ? * 2", (number,)).fetchone()
        return {"answer": answer}

    return app
