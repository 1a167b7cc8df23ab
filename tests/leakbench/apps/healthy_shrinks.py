"""A cache that holds 3,000 entries at first and is emptied in the second round."""

from __future__ import annotations

from flask import Flask

EMPTIED_AT = 300
RESULTS: dict[int, list[str]] = {}


def create_app() -> Flask:
    app = Flask(__name__)
    RESULTS.update((number, [f"result {number}", "done"]) for number in range(3000))

    @app.get("/result/<int:number>")
    def result(number: int) -> str:
        if number == EMPTIED_AT:
            RESULTS.clear()
        return str(RESULTS.get(number, []))

    return app
