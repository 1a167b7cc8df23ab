"""A log is a linked list that grows at its tail; nobody takes from its front."""

from __future__ import annotations

from flask import Flask


class Record:
    def __init__(self, message: str) -> None:
        self.message = message
        self.next: Record | None = None


class Log:
    def __init__(self) -> None:
        self.first = self.last = Record("started")

    def write(self, message: str) -> None:
        self.last.next = Record(message)
        self.last = self.last.next


LOG = Log()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/run/<int:number>")
    def run(number: int) -> str:
        LOG.write(f"run {number} took {number % 7} s")
        return LOG.last.message

    return app
