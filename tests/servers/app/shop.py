"""The shop that every server serves. Each request leaves one more session behind."""

from __future__ import annotations

import os

from flask import Flask, Response, jsonify


class Session:
    """What a visitor leaves."""


SESSIONS: list[Session] = []
KEEPS = int(os.environ.get("SHOP_KEEPS", "0"))


def create_app() -> Flask:
    app = Flask("shop")
    if os.environ.get("SHOP_EXTENSION"):
        from heapdiff.flask import HeapDiff

        HeapDiff(app)

    @app.get("/")
    def index() -> Response:
        if not KEEPS or len(SESSIONS) < KEEPS:
            SESSIONS.append(Session())
        return jsonify(pid=os.getpid(), parent=os.getppid())

    return app


app = application = create_app()
