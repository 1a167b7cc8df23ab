"""A cache whose entries live a tenth of a second; each request drops what is too old."""

from __future__ import annotations

import time

from flask import Flask

LIFE_S = 0.1


class Rates:
    """Exchange rates, each with the moment until which it holds."""

    def __init__(self) -> None:
        self.entries: dict[str, tuple[float, list[str]]] = {}

    def rate(self, pair: str) -> list[str]:
        now = time.monotonic()
        for old in [key for key, (until, _) in self.entries.items() if until < now]:
            del self.entries[old]
        if pair not in self.entries:
            self.entries[pair] = (now + LIFE_S, [f"{pair} {n}" for n in range(10)])
        return self.entries[pair][1]


RATES = Rates()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/rate/<int:number>")
    def rate(number: int) -> str:
        return RATES.rate(f"pair-{number}")[0]

    return app
