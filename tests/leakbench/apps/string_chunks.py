"""An export is built of chunks, and the list is joined but never emptied."""

from __future__ import annotations

from flask import Flask


class Export:
    def __init__(self) -> None:
        self.header = "number;name"
        self.chunks: list[str] = []

    def add(self, number: int) -> str:
        self.chunks.append(f"{number};customer {number};{'street ' * 5}{number}")
        return "\n".join([self.header, *self.chunks[-10:]])


EXPORT = Export()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/export/<int:number>")
    def export(number: int) -> str:
        return EXPORT.add(number)

    return app
