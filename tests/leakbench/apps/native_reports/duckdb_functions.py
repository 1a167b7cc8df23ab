"""duckdb/duckdb-python#224: in 1.4.3 what a Python function gives to a query leaks, even after the connection closed."""

import duckdb
from flask import Flask


def label(number: int) -> str:
    return f"label {number} " * 100


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/labels")
    def labels() -> str:
        with duckdb.connect() as connection:
            connection.create_function("label", label, ["BIGINT"], "VARCHAR")
            return str(connection.execute("SELECT count(label(range)) FROM range(200)").fetchone())

    return app
