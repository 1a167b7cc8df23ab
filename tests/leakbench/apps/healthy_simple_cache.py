"""Flask-Caching's SimpleCache with a threshold, at which it prunes itself."""

from __future__ import annotations

from flask import Flask
from flask_caching import Cache

cache = Cache(config={"CACHE_TYPE": "SimpleCache", "CACHE_THRESHOLD": 60, "CACHE_DEFAULT_TIMEOUT": 300})


def create_app() -> Flask:
    app = Flask(__name__)
    cache.init_app(app)

    @app.get("/report/<int:number>")
    def report(number: int) -> str:
        found = cache.get(f"report-{number}")
        if found is None:
            found = [f"line {n} of report {number}" for n in range(30)]
            cache.set(f"report-{number}", found)
        return str(len(found))

    return app
