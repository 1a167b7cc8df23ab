"""Three caches in one dict. Two drop what is old; the third has no bound."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from flask import Flask


@dataclass
class Answer:
    """A part of a page, ready to be sent."""

    text: str


class Cache:
    def __init__(self, most: int | None) -> None:
        self.most = most
        self.data: OrderedDict[int, Answer] = OrderedDict()

    def put(self, number: int, text: str) -> None:
        self.data[number] = Answer(text)
        if self.most is not None and len(self.data) > self.most:
            self.data.popitem(last=False)


CACHES = {"pages": Cache(120), "fragments": Cache(120), "queries": Cache(None)}


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/list/<int:number>")
    def listing(number: int) -> str:
        for name, cache in CACHES.items():
            cache.put(number, f"{name} {number}")
        return "listed"

    return app
