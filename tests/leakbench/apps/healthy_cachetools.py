"""A TTLCache of cachetools that fills up to its maxsize."""

from __future__ import annotations

from cachetools import TTLCache
from flask import Flask

QUOTES: TTLCache[int, dict[str, str]] = TTLCache(maxsize=1000, ttl=3600)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/quote/<int:number>")
    def quote(number: int) -> str:
        QUOTES[number] = {"text": f"quote {number}"}
        return QUOTES[number]["text"]

    return app
