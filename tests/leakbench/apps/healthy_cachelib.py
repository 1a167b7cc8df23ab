"""cachelib's SimpleCache fills up to its threshold and prunes itself."""

from __future__ import annotations

from cachelib import SimpleCache
from flask import Flask

PAGES = SimpleCache(threshold=150, default_timeout=300)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/pages/<int:number>")
    def page(number: int) -> str:
        PAGES.set(f"page-{number}", [f"line {n} of page {number}" for n in range(20)])
        return str(number)

    return app
