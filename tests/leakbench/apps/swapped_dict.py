"""Links are copied on write: each request swaps the dict for a copy with one entry more."""

from __future__ import annotations

from flask import Flask

TARGETS: dict[str, Target] = {}


class Target:
    def __init__(self, url: str) -> None:
        self.url = url
        self.hits = 1


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/go/<int:number>")
    def go(number: int) -> str:
        global TARGETS
        target = TARGETS.get(f"/go/{number}") or Target(f"https://example.org/?id={number}")
        TARGETS = {**TARGETS, f"/go/{number}": target}
        return f"See {target.url}"

    return app
