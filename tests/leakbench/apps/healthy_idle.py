"""An app with a heap of its own that nobody asks anything."""

from __future__ import annotations

from flask import Flask

CATALOGUE = {f"article-{number}": {"price": number, "tags": [str(number)]} for number in range(2000)}


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/")
    def index() -> str:
        return str(len(CATALOGUE))

    return app
