"""python-pillow/Pillow#7694: in 10.1.0 each text that is drawn leaks a little."""

from flask import Flask
from PIL import Image, ImageDraw, ImageFont

FONT = ImageFont.load_default(20)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/labels/<int:number>")
    def label(number: int) -> str:
        picture = Image.new("RGB", (200, 40))
        draw = ImageDraw.Draw(picture)
        for line in range(200):
            draw.text((0, 0), f"label {number} {line}", font=FONT)
        return str(picture.size)

    return app
