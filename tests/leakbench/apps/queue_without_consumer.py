"""Mails are queued, and the thread that should send them was never started."""

from __future__ import annotations

from queue import Queue

from flask import Flask

OUTBOX: Queue[Mail] = Queue()
STATUS: Queue[str] = Queue(maxsize=10)


class Mail:
    def __init__(self, to: str) -> None:
        self.to = to
        self.text = f"Dear {to}, thank you for your order."


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/order/<name>")
    def order(name: str) -> str:
        OUTBOX.put(Mail(f"{name}@example.org"))
        STATUS.put("queued")
        return STATUS.get()

    return app
