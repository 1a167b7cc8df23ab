"""Each request starts a thread that waits for an order to stop, and nobody gives it."""

from __future__ import annotations

import threading

from flask import Flask

STOP = threading.Event()


class Watch:
    def __init__(self, number: int) -> None:
        self.number = number
        self.changes: list[str] = []


def watch(number: int) -> None:
    subject = Watch(number)
    STOP.wait()
    subject.changes.append("stopped")


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/watch/<int:number>")
    def start(number: int) -> str:
        threading.Thread(target=watch, args=(number,), daemon=True).start()
        return "watching"

    return app
