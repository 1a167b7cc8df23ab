"""All sales as one bytes object, each picture for its thumbnail, and the last answers with all that they hold."""

from __future__ import annotations

from collections import deque

from flask import Flask, Response, jsonify
from flask.typing import ResponseReturnValue

DAYS = 365
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


SALES = "".join(map(make_sales, range(DAYS))).encode()
DAY_BYTES = len(SALES) // DAYS
THUMBNAILS = [memoryview(read_picture(number))[:4_000] for number in range(PICTURES)]
LAST: deque[Response] = deque(maxlen=100)


def create_app() -> Flask:
    app = Flask("shop")

    @app.after_request
    def remember(response: Response) -> Response:
        LAST.append(response)
        return response

    @app.get("/sales/<int:day>")
    def sales(day: int) -> ResponseReturnValue:
        return Response(SALES[day * DAY_BYTES : (day + 1) * DAY_BYTES], mimetype="text/csv")

    @app.get("/thumbnails/<int:number>")
    def thumbnail(number: int) -> ResponseReturnValue:
        return Response(bytes(THUMBNAILS[number]), mimetype="image/jpeg")

    @app.get("/last")
    def last() -> ResponseReturnValue:
        return jsonify([each.status_code for each in LAST])

    return app
