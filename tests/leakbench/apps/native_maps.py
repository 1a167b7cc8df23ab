"""Leaks: anonymous maps of memory, one per upload, never closed."""

import mmap

from flask import Flask

BUFFER_BYTES = 100_000
UPLOADS: dict[str, mmap.mmap] = {}


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/upload/<int:number>")
    def upload(number: int) -> dict[str, int]:
        buffer = mmap.mmap(-1, BUFFER_BYTES)
        buffer.write(b"x" * BUFFER_BYTES)
        UPLOADS[f"upload-{number}"] = buffer
        return {"uploads": len(UPLOADS)}

    return app
