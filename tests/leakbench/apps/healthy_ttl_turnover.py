"""A TTLCache (tkem/cachetools#177) whose entries live half a second: a snapshot sees none that the last one saw."""

from __future__ import annotations

from cachetools import TTLCache
from flask import Flask

TOKENS: TTLCache[str, dict[str, object]] = TTLCache(maxsize=100_000, ttl=0.5)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/token/<int:number>")
    def token(number: int) -> str:
        TOKENS[f"token {number}"] = {"user": f"user {number}", "scopes": ["read", "write", f"team {number}"]}
        return str(len(TOKENS))

    return app
