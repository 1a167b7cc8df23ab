"""A day's sales when somebody asks for it, the thumbnails without the pictures, and of the last answers what is shown."""

from __future__ import annotations

from collections import deque

from flask import Flask, Response, jsonify
from flask.typing import ResponseReturnValue

SALES_A_DAY = 2_000
PICTURES = 20
LINE = "2026-{day:03},order {number:06},{cents:06} cents\n"


def make_sales(day: int) -> str:
    """A day of the file that the shop's till writes."""
    return "".join(
        LINE.format(day=day, number=number, cents=number * 7 % 9999) for number in range(SALES_A_DAY)
    )


def read_picture(number: int) -> bytes:
    """A picture of 1.5 MB, whose thumbnail is in its first bytes."""
    return bytes([number]) * 1_500_000


THUMBNAILS = [bytes(memoryview(read_picture(number))[:4_000]) for number in range(PICTURES)]
LAST: deque[int] = deque(maxlen=100)


def create_app() -> Flask:
    app = Flask("shop")

    @app.after_request
    def remember(response: Response) -> Response:
        LAST.append(response.status_code)
        return response

    @app.get("/sales/<int:day>")
    def sales(day: int) -> ResponseReturnValue:
        return Response(make_sales(day).encode(), mimetype="text/csv")

    @app.get("/thumbnails/<int:number>")
    def thumbnail(number: int) -> ResponseReturnValue:
        return Response(THUMBNAILS[number], mimetype="image/jpeg")

    @app.get("/last")
    def last() -> ResponseReturnValue:
        return jsonify([*LAST])

    return app
