"""Each error is raised from the last one, which was kept for that."""

from __future__ import annotations

from flask import Flask

LAST: SyncFailed | None = None


class SyncFailed(Exception):
    def __init__(self, number: int) -> None:
        super().__init__(f"run {number} failed")
        self.number = number


def synchronise(number: int) -> None:
    raise SyncFailed(number) from LAST


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/sync/<int:number>")
    def sync(number: int) -> str:
        global LAST
        try:
            synchronise(number)
        except SyncFailed as error:
            LAST = error.with_traceback(None)
        return f"{LAST}"

    return app
