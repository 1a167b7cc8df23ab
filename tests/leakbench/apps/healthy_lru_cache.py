"""Prices behind a bounded lru_cache, which fills up in the course of the run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from flask import Flask


@dataclass(frozen=True)
class Quote:
    """The price of one article."""

    article: str
    cents: int


@lru_cache(maxsize=512)
def quote(article: str) -> Quote:
    return Quote(article, 100 + len(article))


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/article/<int:number>")
    def article(number: int) -> str:
        return str(quote(f"article-{number}").cents)

    return app
