"""A report of 200 kB in every twentieth request: few entries, but large."""

from __future__ import annotations

from flask import Flask

REPORTS: dict[str, bytes] = {}


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/work/<int:number>")
    def work(number: int) -> str:
        if number % 20 == 0:
            REPORTS[f"report {number}"] = bytes(200_000)
        return "done"

    return app
