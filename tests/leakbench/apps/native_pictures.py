"""Leaks: thumbnails of each tenth product in a dict; their pixels are not Python objects."""

from flask import Flask
from PIL import Image

PICTURES: dict[int, Image.Image] = {}


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/product/<int:number>")
    def product(number: int) -> dict[str, int]:
        if number % 10 == 0:
            PICTURES[number] = Image.new("RGB", (400, 400), (number % 255, 1, 2))
        return {"pictures": len(PICTURES)}

    return app
