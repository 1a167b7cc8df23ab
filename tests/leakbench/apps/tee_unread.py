"""A feed is split with tee: one half is read, the other never, and so it keeps everything."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, tee

from flask import Flask


class Article:
    def __init__(self, number: int) -> None:
        self.title = f"Article {number}"


def produce() -> Iterator[Article]:
    for number in count():
        yield Article(number)


LIVE, ARCHIVE = tee(produce())


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/feed")
    def feed() -> str:
        return next(LIVE).title

    return app
