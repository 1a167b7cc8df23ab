"""A factory's function notes every search in a list that only its closure knows."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask


class Search:
    def __init__(self, words: list[str]) -> None:
        self.words = words


def make_recorder(most: int) -> Callable[[str], int]:
    pending: list[Search] = []

    def record(text: str) -> int:
        pending.append(Search(text.split("-")))
        return min(len(pending), most)

    return record


record = make_recorder(10)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/search/<text>")
    def search(text: str) -> dict[str, int]:
        return {"recorded": record(text)}

    return app
