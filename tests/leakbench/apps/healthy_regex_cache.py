"""Patterns made from the request: the cache of the module `re` fills up to its 512 entries."""

from __future__ import annotations

import re

from flask import Flask


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/match/<int:number>")
    def match(number: int) -> str:
        return str(bool(re.match(rf"item-{number}-\d+$", f"item-{number}-7")))

    return app
