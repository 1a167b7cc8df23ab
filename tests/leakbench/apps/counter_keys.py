"""Hits are counted per full URL, query string and all."""

from __future__ import annotations

from collections import Counter

from flask import Flask, request

HITS: Counter[str] = Counter()
METHODS: Counter[str] = Counter()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/search")
    def search() -> dict[str, int]:
        HITS[request.full_path] += 1
        METHODS[request.method] += 1
        return dict(METHODS)

    return app
