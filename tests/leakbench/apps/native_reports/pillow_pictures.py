"""easy-pil#36: pictures kept in a dict; each twentieth request brings a large one."""

from flask import Flask
from PIL import Image

PICTURES: dict[int, Image.Image] = {}


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/pictures/<int:number>")
    def picture(number: int) -> str:
        if number // 20 not in PICTURES:
            PICTURES[number // 20] = Image.new("RGB", (1000, 1000), (number % 255, 1, 2))
        return str(len(PICTURES))

    return app
