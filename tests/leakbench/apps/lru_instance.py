"""A client wraps its own method in a cache without a bound when it is made."""

from __future__ import annotations

from functools import lru_cache

from flask import Flask


class Weather:
    def __init__(self, town: str) -> None:
        self.celsius = len(town)


class Client:
    def __init__(self) -> None:
        self.fetch = lru_cache(maxsize=None)(self._fetch)

    def _fetch(self, town: str) -> Weather:
        return Weather(town)


CLIENT = Client()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/weather/<town>")
    def weather(town: str) -> dict[str, int]:
        return {"celsius": CLIENT.fetch(town).celsius}

    return app
