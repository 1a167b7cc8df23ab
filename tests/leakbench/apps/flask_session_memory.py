"""Leaks: Flask-Session keeps sessions in the worker's memory for a month, and clients without cookies always get a new one."""

from datetime import timedelta

from cachelib import SimpleCache
from flask import Flask, session
from flask_session import Session


def create_app() -> Flask:
    app = Flask(__name__)
    app.config.update(
        SESSION_TYPE="cachelib",
        SESSION_CACHELIB=SimpleCache(threshold=1_000_000),
        PERMANENT_SESSION_LIFETIME=timedelta(days=31),
    )
    Session(app)

    @app.get("/landing/<int:campaign>")
    def landing(campaign: int) -> dict[str, int]:
        session["campaign"] = campaign
        session["basket"] = list(range(20))
        return {"campaign": campaign}

    return app
