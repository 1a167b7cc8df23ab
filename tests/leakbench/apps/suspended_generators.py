"""Downloads are generators; a client that goes away leaves its one suspended in a registry."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask

DOWNLOADS: dict[int, Iterator[bytes]] = {}


class Part:
    def __init__(self, number: int) -> None:
        self.data = bytes((number % 256,)) * 64


def stream(number: int) -> Iterator[bytes]:
    part = Part(number)
    yield part.data[:32]
    yield part.data[32:]


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/download/<int:number>")
    def download(number: int) -> bytes:
        DOWNLOADS[number] = stream(number)
        return next(DOWNLOADS[number])

    return app
