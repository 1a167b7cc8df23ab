"""A session is made for every visitor without a cookie, and none ever expires."""

from __future__ import annotations

import uuid

from flask import Flask, request
from flask.typing import ResponseReturnValue

SESSIONS: dict[str, Session] = {}
ANSWERS: dict[str, int] = {}


class Session:
    def __init__(self, address: str) -> None:
        self.address = address
        self.basket: list[str] = []


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/")
    def index() -> ResponseReturnValue:
        key = request.cookies.get("session")
        if key not in SESSIONS:
            key = uuid.uuid4().hex
            SESSIONS[key] = Session(request.remote_addr or "?")
        ANSWERS["ok"] = ANSWERS.get("ok", 0) + 1
        return "welcome", 200, {"Set-Cookie": f"session={key}"}

    return app
