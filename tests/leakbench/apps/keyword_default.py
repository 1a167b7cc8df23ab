"""A keyword-only default is used as a cache, and has no bound."""

from __future__ import annotations

from flask import Flask


class Country:
    def __init__(self, code: str) -> None:
        self.name = f"Republic of {code}"


def lookup(code: str, *, polite: bool = True, cache: dict[str, Country] = {}) -> str:  # noqa: B006
    if code not in cache:
        cache[code] = Country(code)
    return f"the {cache[code].name}" if polite else cache[code].name


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/country/<code>")
    def country(code: str) -> str:
        return lookup(code)

    return app
