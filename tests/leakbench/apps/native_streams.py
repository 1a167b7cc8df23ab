"""Leaks: a compressor for every second visitor, never finished; zlib has its memory."""

import zlib
from typing import Any, ClassVar

from flask import Flask


class Streams:
    open: ClassVar[dict[int, tuple[int, Any]]] = {}


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/stream/<int:number>")
    def stream(number: int) -> dict[str, int]:
        if number % 2 == 0:
            Streams.open[number] = (number, zlib.compressobj())
            Streams.open[number][1].compress(b"<ul><li>" * 100)
        return {"open": len(Streams.open)}

    return app
