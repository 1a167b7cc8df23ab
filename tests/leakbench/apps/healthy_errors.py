"""Every other request fails and is logged with its traceback; nothing is kept."""

from __future__ import annotations

import logging

from flask import Flask, Response, abort, redirect, url_for
from werkzeug.exceptions import NotFound


class OrderError(Exception):
    """An order that cannot be carried out."""


def create_app() -> Flask:
    app = Flask(__name__)
    app.logger.addHandler(logging.NullHandler())
    app.logger.propagate = False

    @app.errorhandler(OrderError)
    def failed(error: OrderError) -> str:
        app.logger.error("failed: %s", error, exc_info=error)
        return "failed"

    @app.errorhandler(NotFound)
    def unknown(_error: NotFound) -> str:
        return "unknown"

    @app.get("/order/<int:number>")
    def order(number: int) -> str:
        basket = [f"article {n}" for n in range(50)]
        if number % 4 == 1:
            raise OrderError(f"order {number} of {len(basket)}")
        if number % 4 == 3:
            abort(404)
        return redirect(url_for("order", number=number)).location

    @app.after_request
    def stamp(response: Response) -> Response:
        response.headers["X-Served-By"] = "shop"
        return response

    return app
