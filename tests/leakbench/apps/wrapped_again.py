"""A function is patched by each request, so that each wrapper calls the one before."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask


class Trace:
    def __init__(self, request: int) -> None:
        self.request = request
        self.calls = 0


def price(article: int) -> int:
    return article * 119


def patch(function: Callable[[int], int], request: int) -> Callable[[int], int]:
    trace = Trace(request)

    def traced(article: int) -> int:
        trace.calls += 1
        return function(article)

    return traced


current: Callable[[int], int] = price


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/price/<int:number>")
    def show(number: int) -> dict[str, int]:
        global current
        current = patch(current, number)
        return {"cents": current(number)}

    return app
