"""What should be cleaned up at exit is registered anew by each request."""

from __future__ import annotations

import atexit
from functools import partial

from flask import Flask


class Scratch:
    def __init__(self, number: int) -> None:
        self.lines = [f"line {line} of {number}" for line in range(3)]


def clear(scratch: Scratch) -> None:
    scratch.lines.clear()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/scratch/<int:number>")
    def scratch(number: int) -> dict[str, int]:
        made = Scratch(number)
        atexit.register(partial(clear, made))
        return {"lines": len(made.lines)}

    return app
