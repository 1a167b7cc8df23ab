"""Leaks: a moving window a second long; the storage keeps each key's list, empty or not, after the window has passed."""

from flask import Flask, request
from flask_limiter import Limiter

limiter = Limiter(lambda: request.path, storage_uri="memory://", strategy="moving-window")


def create_app() -> Flask:
    app = Flask(__name__)
    limiter.init_app(app)

    @app.get("/files/<int:number>")
    @limiter.limit("50/second")
    def file(number: int) -> str:
        return f"file {number}"

    return app
