"""Leaks: uploads are buffered in memory and kept after they were stored."""

import io

from flask import Flask

UPLOADS: list[io.BytesIO] = []


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/uploads/<int:number>")
    def upload(number: int) -> dict[str, int]:
        buffer = io.BytesIO()
        for part in range(16):
            buffer.write(bytes([part]) * 2000)
        UPLOADS.append(buffer)
        return {"number": number, "bytes": buffer.tell()}

    return app
