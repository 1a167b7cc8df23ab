"""Leaks: the audit trail keeps each request's `flask.g` itself, instead of what it needs of it."""

from flask import Flask, g
from flask.ctx import _AppCtxGlobals

AUDIT: dict[str, list[_AppCtxGlobals]] = {"requests": []}


def create_app() -> Flask:
    app = Flask(__name__)

    @app.before_request
    def load_user() -> None:
        g.user = {"name": "somebody", "roles": ["reader", "writer"]}
        g.trail = [f"step {number}" for number in range(20)]

    @app.get("/audited/<int:number>")
    def audited(number: int) -> dict[str, int]:
        g.number = number
        AUDIT["requests"].append(g._get_current_object())  # type: ignore[attr-defined]
        return {"number": number}

    return app
