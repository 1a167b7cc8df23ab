"""A catalogue of 20,000 articles, loaded by the first request and then only read."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask


@dataclass(slots=True)
class Article:
    """One row of the catalogue."""

    name: str
    cents: int
    tags: list[str]


CATALOGUE: dict[int, Article] = {}


def load() -> None:
    for number in range(20_000):
        CATALOGUE[number] = Article(f"article {number}", number % 997, [f"tag {number % 50}"])


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/article/<int:number>")
    def article(number: int) -> str:
        if not CATALOGUE:
            load()
        return CATALOGUE[number].name

    return app
