"""Features are switched on as attributes of a class, one for each user."""

from __future__ import annotations

from flask import Flask


class Feature:
    def __init__(self, user: int) -> None:
        self.user = user


class Features:
    search = True


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/enable/<int:user>")
    def enable(user: int) -> dict[str, bool]:
        setattr(Features, f"beta_{user}", Feature(user))
        return {"search": Features.search}

    return app
