"""Tags are interned and collected in a set."""

from __future__ import annotations

import sys

from flask import Flask

TAGS: set[str] = set()
POPULAR = ["python", "flask", "memory"]


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/tag/<tag>")
    def show(tag: str) -> str:
        TAGS.add(sys.intern(f"tag:{tag.lower()}"))
        return ", ".join([tag, *POPULAR])

    return app
