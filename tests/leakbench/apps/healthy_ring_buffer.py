"""A ring of 128 slots with the latest requests; what was in a slot goes when its turn comes again."""

from __future__ import annotations

from flask import Flask, request

SLOTS = 128
LATEST: list[dict[str, str] | None] = [None] * SLOTS


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/event/<int:number>")
    def event(number: int) -> str:
        LATEST[number % SLOTS] = {"path": request.path, "method": request.method, "id": f"event {number}"}
        return "noted"

    return app
