"""Thumbnails of big pictures of ever other sizes (python-pillow/Pillow#5180): memory that the allocator keeps."""

from __future__ import annotations

from io import BytesIO

from flask import Flask, Response
from PIL import Image

SIDES = (600, 1400, 900, 2000, 700, 1700, 1100)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/picture/<int:number>")
    def picture(number: int) -> Response:
        side = SIDES[number % len(SIDES)]
        image = Image.new("RGB", (side, side + number % 200), (number % 255, 80, 40))
        image.thumbnail((200, 200))
        data = BytesIO()
        image.save(data, "JPEG", quality=70)
        return Response(data.getvalue(), mimetype="image/jpeg")

    return app
