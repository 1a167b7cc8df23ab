"""Sixteen bytes of each upload are kept as a view, and the view keeps the whole upload."""

from __future__ import annotations

from flask import Flask

HEADERS: list[memoryview] = []
KINDS = {b"\x89PNG": "png", b"GIF8": "gif"}


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/upload/<int:size>")
    def upload(size: int) -> str:
        body = bytearray(b"\x89PNG" + bytes(4000 + size))
        header = memoryview(body)[:16]
        HEADERS.append(header)
        return KINDS[bytes(header[:4])]

    return app
