"""A context variable is set to an ever longer tuple and never reset, in threads that never end."""

from __future__ import annotations

from contextvars import ContextVar

from flask import Flask

STEPS: ContextVar[tuple[Step, ...]] = ContextVar("steps")


class Step:
    def __init__(self, name: str) -> None:
        self.name = name


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/step/<name>")
    def step(name: str) -> str:
        STEPS.set((*STEPS.get(()), Step(name)))
        return STEPS.get()[-1].name

    return app
