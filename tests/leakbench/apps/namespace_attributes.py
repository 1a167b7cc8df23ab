"""Preferences are set as attributes of one object, under a new name for each visitor."""

from __future__ import annotations

from types import SimpleNamespace

from flask import Flask

PREFERENCES = SimpleNamespace(default="light")


class Preference:
    def __init__(self, theme: str) -> None:
        self.theme = theme


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/theme/<int:visitor>")
    def theme(visitor: int) -> str:
        setattr(PREFERENCES, f"visitor_{visitor}", Preference("dark" if visitor % 2 else "light"))
        return str(PREFERENCES.default)

    return app
