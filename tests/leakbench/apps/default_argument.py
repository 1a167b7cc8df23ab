"""The list that is a default argument is made once, and shared by all calls."""

from __future__ import annotations

from flask import Flask


class Hit:
    def __init__(self, title: str) -> None:
        self.title = title


def collect(term: str, most: int = 5, acc: list[Hit] = []) -> list[Hit]:  # noqa: B006
    acc.append(Hit(f"All about {term}"))
    return acc[-most:]


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/search/<term>")
    def search(term: str) -> dict[str, list[str]]:
        return {"hits": [hit.title for hit in collect(term)]}

    return app
