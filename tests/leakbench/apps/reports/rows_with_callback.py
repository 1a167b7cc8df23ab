"""Rows in a list of the app, each with one small function in it; no report."""

from flask import Flask


class Row:
    def __init__(self, number: int) -> None:
        self.cells = [f"cell {number} {column}" for column in range(20)]
        self.show = lambda: number


ROWS: list[Row] = []


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/rows/<int:number>")
    def add(number: int) -> str:
        ROWS.append(Row(number))
        return "added"

    return app
