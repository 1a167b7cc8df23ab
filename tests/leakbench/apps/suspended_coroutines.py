"""Conversations are coroutines that wait for an answer that never comes."""

from __future__ import annotations

import types
from collections.abc import Coroutine, Generator

from flask import Flask

WAITING: list[Coroutine[str, str, None]] = []


class Message:
    def __init__(self, text: str) -> None:
        self.text = text


@types.coroutine
def say(message: Message) -> Generator[str, str, str]:
    return (yield message.text)


async def converse(name: str) -> None:
    greeting = Message(f"Good morning, {name}. How are you?")
    await say(greeting)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/hello/<name>")
    def hello(name: str) -> str:
        conversation = converse(name)
        WAITING.append(conversation)
        return str(conversation.send(None))

    return app
