"""python-pillow/Pillow#7694: in 10.1.0 each text that is drawn leaks a little."""

from flask import Flask
from PIL import Image, ImageDraw, ImageFont

FONT = ImageFont.load_default(10)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/tickets/<int:number>")
    def ticket(number: int) -> str:
        picture = Image.new("1", (200, 200))
        draw = ImageDraw.Draw(picture)
        for place in range(200):
            draw.text((place, place), str((number + place) % 10), font=FONT)
        return str(picture.size)

    return app
