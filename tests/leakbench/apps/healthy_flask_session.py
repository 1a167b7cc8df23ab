"""Flask-Session in a SimpleCache whose threshold new visitors reach."""

from __future__ import annotations

from cachelib import SimpleCache
from flask import Flask, session
from flask_session import Session


def create_app() -> Flask:
    app = Flask(__name__)
    app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=SimpleCache(threshold=100))
    Session(app)

    @app.get("/visits/<int:number>")
    def visit(number: int) -> dict[str, int]:
        session["seen"] = [number] * 10
        return {"visit": number}

    return app
