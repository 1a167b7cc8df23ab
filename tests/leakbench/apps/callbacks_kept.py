"""Functions to be run on commit hold what they were made for, and are never dropped."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

ON_COMMIT: list[Callable[[], str]] = []


class Upload:
    def __init__(self, name: str) -> None:
        self.name = name
        self.content = name.encode() * 20


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/upload/<name>")
    def upload(name: str) -> str:
        received = Upload(name)

        def publish() -> str:
            return received.name

        ON_COMMIT.append(publish)
        return publish()

    return app
