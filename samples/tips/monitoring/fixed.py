"""The same leak, watched: requests are counted, allocations sampled, and a snapshot is taken before it's too late."""

from __future__ import annotations

from flask import Flask

from heapdiff.flask import HeapDiff

BASKETS: dict[str, list[int]] = {}


def create_app() -> Flask:
    app = Flask(__name__)
    app.config["HEAPDIFF_AT_RSS"] = "400MB"  # or "80%" of the memory limit, where there is one
    app.config["HEAPDIFF_SAMPLE"] = "512kB"
    HeapDiff(app)

    @app.get("/add/<basket>/<int:number>")
    def add(basket: str, number: int) -> str:
        BASKETS.setdefault(basket, []).append(number)
        return "added"

    return app
