"""Interned names of 150 states, made again in each request and kept in a set."""

from __future__ import annotations

import sys

from flask import Flask

STATES = 150
SEEN: set[str] = set()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/state/<int:number>")
    def state(number: int) -> str:
        name = sys.intern(f"state-{number % STATES}")
        SEEN.add(name)
        return name

    return app
