"""A classmethod that loads profiles is cached for ever."""

from __future__ import annotations

from functools import cache

from flask import Flask


class Profile:
    def __init__(self, name: str) -> None:
        self.name = name
        self.initial = name[:1].upper()

    @classmethod
    @cache
    def load(cls, name: str) -> Profile:
        return cls(name)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/profile/<name>")
    def profile(name: str) -> dict[str, str]:
        return {"initial": Profile.load(name).initial}

    return app
