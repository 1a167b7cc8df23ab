"""alisaifee/flask-limiter#4: the counters of rate limits in memory, one for each path, for a day."""

from flask import Flask, request
from flask_limiter import Limiter


def create_app() -> Flask:
    app = Flask(__name__)
    Limiter(lambda: request.path, app=app, default_limits=["2000/day"], storage_uri="memory://")

    @app.get("/articles/<int:number>")
    def article(number: int) -> str:
        return f"article {number}"

    return app
