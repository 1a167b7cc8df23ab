"""A base class registers every subclass, and views make subclasses on the fly."""

from __future__ import annotations

from typing import ClassVar

from flask import Flask


class Plugin:
    known: ClassVar[list[type[Plugin]]] = []

    def __init_subclass__(cls) -> None:
        cls.known.append(cls)

    def run(self) -> str:
        return type(self).__name__


class Greeter(Plugin):
    pass


def create_app() -> Flask:
    app = Flask(__name__)

    @app.get("/run/<int:number>")
    def run(number: int) -> str:
        class Custom(Plugin):
            def run(self) -> str:
                return f"custom {number}"

        return Custom().run() + Greeter().run()

    return app
