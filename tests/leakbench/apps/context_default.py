"""The default of a context variable is a list that all contexts share and extend."""

from __future__ import annotations

from contextvars import ContextVar

from flask import Flask

MESSAGES: ContextVar[list[Message]] = ContextVar("messages", default=[])  # noqa: B039


class Message:
    def __init__(self, text: str) -> None:
        self.text = text


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/note/<text>")
    def note(text: str) -> str:
        messages = MESSAGES.get()
        messages.append(Message(text))
        return ", ".join(message.text for message in messages[-3:])

    return app
