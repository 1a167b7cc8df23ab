"""Events are collected in a list and written away in batches of 220."""

from __future__ import annotations

from flask import Flask

BATCH = 220


class Writer:
    """Events that still have to be written."""

    def __init__(self) -> None:
        self.waiting: list[dict[str, str]] = []
        self.written = 0

    def add(self, event: dict[str, str]) -> None:
        self.waiting.append(event)
        if len(self.waiting) >= BATCH:
            self.written += len(self.waiting)
            self.waiting.clear()


WRITER = Writer()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/click/<int:number>")
    def click(number: int) -> str:
        WRITER.add({"id": f"click {number}", "page": f"page {number % 9}"})
        return str(len(WRITER.waiting))

    return app
