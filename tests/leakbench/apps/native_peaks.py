"""Healthy: large buffers of changing sizes, all freed."""

import zlib

from flask import Flask


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/export/<int:number>")
    def export(number: int) -> dict[str, int]:
        report = b"a line of the report\n" * (50_000 + number * 37 % 50_000)
        return {"checksum": zlib.crc32(report)}

    return app
