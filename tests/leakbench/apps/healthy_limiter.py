"""Flask-Limiter in memory: each client's counter goes when its window has passed."""

from __future__ import annotations

import time

from flask import Flask, request
from flask_limiter import Limiter

REQUEST_S = 0.005  # so that windows pass while the load lasts


def create_app() -> Flask:
    app = Flask(__name__)
    Limiter(lambda: request.path, app=app, default_limits=["5/second"], storage_uri="memory://")

    @app.get("/clients/<int:number>")
    def client(number: int) -> str:
        time.sleep(REQUEST_S)
        return f"client {number}"

    return app
