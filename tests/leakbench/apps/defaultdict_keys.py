"""A lookup in a defaultdict adds a key for every address that ever asked."""

from __future__ import annotations

from collections import defaultdict

from flask import Flask, abort

FAILURES: defaultdict[str, list[float]] = defaultdict(list)
BLOCKED = frozenset(f"10.9.9.{n}" for n in range(20))


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/login/<int:number>")
    def login(number: int) -> str:
        address = f"10.0.{number // 250}.{number % 250}"
        if len(FAILURES[address]) > 3 or address in BLOCKED:
            abort(429)
        return "logged in"

    return app
