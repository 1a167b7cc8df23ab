"""The first download reads the system's table of media types, once."""

from __future__ import annotations

from io import BytesIO

from flask import Flask, Response, send_file

FIRST = 60


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/picture/<int:number>")
    def picture(number: int) -> Response:
        if number < FIRST:
            return Response("soon")
        return send_file(BytesIO(b"picture" * 10), download_name=f"picture{number % 10}.png")

    return app
