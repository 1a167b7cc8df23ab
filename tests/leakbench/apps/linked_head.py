"""Undo steps are a linked list that grows at its head and is never cut."""

from __future__ import annotations

from flask import Flask

HEAD: Step | None = None
STEPS = 0


class Step:
    def __init__(self, text: str, before: Step | None) -> None:
        self.text = text
        self.before = before


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/edit/<int:line>")
    def edit(line: int) -> dict[str, int]:
        global HEAD, STEPS
        HEAD = Step(f"line {line} changed", HEAD)
        STEPS = min(STEPS + 1, 30)
        return {"undo": STEPS}

    return app
