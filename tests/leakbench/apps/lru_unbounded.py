"""Quotes are cached without a bound, beside a cache that has one."""

from __future__ import annotations

from functools import lru_cache

from flask import Flask


class Quote:
    def __init__(self, share: str, cents: int) -> None:
        self.share = share
        self.cents = cents


@lru_cache(maxsize=None)  # noqa: UP033
def quote(share: str) -> Quote:
    return Quote(share, sum(share.encode()))


@lru_cache(maxsize=20)
def currency(share: str) -> str:
    return "EUR" if share.endswith("0") else "USD"


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/quotes/<share>")
    def show(share: str) -> dict[str, object]:
        return {"cents": quote(share).cents, "currency": currency(share)}

    return app
